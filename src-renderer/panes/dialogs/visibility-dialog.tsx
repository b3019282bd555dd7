import { useEffect, useRef, useState } from 'react'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import type { VisibilityPlan } from '../../../src-preload/contract/visibility-plan.ts'
import type { WantedVisibility } from '../../../src-preload/contract/visibility.ts'
import { Button } from '../../components/button.tsx'
import { ChoiceField } from '../../components/choice-fields.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { NameList } from '../../components/name-list.tsx'
import { Note } from '../../components/note.tsx'
import { PolicyChange } from '../../components/policy-change.tsx'
import { VisibleName } from '../../components/visible-name.tsx'
import { destinationOfKey } from '../../stores/destination-store.ts'
import { formatCount } from '../../text/format.ts'
import { visibleName } from '../../text/visible-name.ts'
import { ErrorHere } from '../error-here.tsx'
import { useFrom, useWindow } from '../window-context.ts'
import { MetadataNote } from './metadata-note.tsx'

interface VisibilityDialogProps {
  keys: readonly string[]
  prefixes: readonly string[]
  visibility: WantedVisibility
  onClose: () => void
}

/** What is meant: the chosen objects alone, or everything in the folder that they are in. */
type Scope = 'objects' | 'folder'

/**
 * The second step of going public, and of every change of a bucket's policy: names what becomes public, says how and
 * shows the change; several at once need the bucket's name typed (S44).
 */
export function VisibilityDialog({ keys, prefixes, visibility, onClose }: VisibilityDialogProps) {
  const { commands } = useWindow()
  const bucket =
    useFrom(
      (all) => all.view,
      (state) => state.bucket,
    ) ?? ''
  const details = useFrom(
    (all) => all.details,
    (state) => state.details,
  )
  const around = useFolderOf(keys)
  const folder = prefixes.length > 0 ? null : around
  const [scope, setScope] = useState<Scope>('objects')
  const {
    plan,
    error: planError,
    isOld,
  } = usePlan(keys, prefixes, scope === 'folder' ? folder : null, visibility)
  const [error, setError] = useState<AppError | null>(null)
  const [busy, setBusy] = useState(false)
  const [typed, setTyped] = useState('')
  const safe = useRef<HTMLButtonElement>(null)

  const isFolder = scope === 'folder' || prefixes.length > 0
  const many = keys.length > 1 || isFolder
  const needsName = many && visibility === 'public'
  const ready = plan !== null && !isOld && plan.refusal === null && (!needsName || typed === bucket)
  const apply = async () => {
    if (!ready || busy) return
    setBusy(true)
    const failed = await commands.applyVisibility(plan)
    setBusy(false)
    if (failed === null) onClose()
    else setError(failed)
  }

  const count = many ? formatCount(plan?.objects ?? keys.length, 'object') : ''
  const url =
    !many && visibility === 'public' && details !== null && details.key === keys[0] ? details.publicUrl : null
  return (
    <Dialog
      title={titleOf(keys, prefixes, count, visibility)}
      description={
        visibility === 'public'
          ? 'Anybody who has the URL can then read it, without signing in. Search engines may find it.'
          : 'Pages that show it to everybody stop finding it. Links that end go on working.'
      }
      {...(needsName ? {} : { initialFocus: safe })}
      onClose={onClose}
      onSubmit={() => void apply()}
      footer={
        <>
          <Button ref={safe} onClick={onClose}>
            Cancel
          </Button>
          <Button
            kind={visibility === 'public' ? 'danger' : 'primary'}
            type="submit"
            disabled={!ready || busy}
          >
            {busy ? 'Changing…' : `Make ${visibility}`}
          </Button>
        </>
      }
    >
      <NameList label={`What becomes ${visibility}`}>
        {prefixes.map((prefix) => (
          <li key={prefix}>
            <VisibleName name={`${bucket}/${prefix}`} splitsExtension={false} />{' '}
            <span className="muted">
              {plan === null ? 'and everything in it' : foundIn(plan, keys.length)}
            </span>
          </li>
        ))}
        {(isFolder && plan !== null ? plan.sample : keys).slice(0, 50).map((key) => (
          <li key={key}>
            <VisibleName name={`${bucket}/${key}`} />
          </li>
        ))}
        <Others plan={plan} keys={keys} isFolder={isFolder} />
      </NameList>
      {url === null ? null : <p className="mono selectable">{url}</p>}
      {folder !== null && plan !== null && (scope === 'folder' || plan.way !== 'object-acl') ? (
        <ChoiceField
          label={`What is made ${visibility}`}
          value={scope}
          onValue={setScope}
          choices={[
            {
              value: 'objects',
              label: keys.length > 1 ? 'Only the chosen objects' : 'Only this object',
              hint: `${keys.length > 1 ? 'Each' : 'It'} is named in the bucket’s policy.`,
            },
            {
              value: 'folder',
              label: `Everything in ${visibleName(folder)}`,
              hint: 'What is uploaded there later is in it, too.',
            },
          ]}
        />
      ) : null}
      <PlanView plan={plan} isOld={isOld} />
      {visibility === 'public' ? <MetadataNote bucket={bucket} keys={[...keys, ...prefixes]} /> : null}
      {needsName && plan?.refusal === null ? (
        <TextField
          label="Type the bucket name to confirm"
          value={typed}
          onValue={setTyped}
          placeholder={bucket}
        />
      ) : null}
      <ErrorHere error={error ?? planError} />
    </Dialog>
  )
}

function titleOf(
  keys: readonly string[],
  prefixes: readonly string[],
  count: string,
  visibility: WantedVisibility,
): string {
  const [prefix, another] = prefixes
  if (prefix !== undefined && another === undefined && keys.length === 0)
    return `Make ${prefix === '' ? 'the whole bucket' : visibleName(prefix)} ${visibility}?`
  return count === '' ? `Make this object ${visibility}?` : `Make ${count} ${visibility}?`
}

/** What is in the folders now; what comes later is in them, too. */
function foundIn({ objects, more, prefixes }: VisibilityPlan, own: number): string {
  if (prefixes.length !== 1) return 'and everything in it, now and later'
  const there = objects - own
  const now = there === 0 ? 'nothing yet' : `${more ? 'at least ' : ''}${formatCount(there, 'object')} now`
  return `${now}, and what is uploaded there later`
}

function Others({
  plan,
  keys,
  isFolder,
}: {
  plan: VisibilityPlan | null
  keys: readonly string[]
  isFolder: boolean
}) {
  const all = isFolder && plan !== null ? plan.objects : keys.length
  if (all <= 50) return null
  const more = isFolder && plan?.more === true
  return (
    <li className="muted">
      and {more ? 'at least ' : ''}
      {formatCount(all - 50, 'other')}
    </li>
  )
}

function PlanView({ plan, isOld }: { plan: VisibilityPlan | null; isOld: boolean }) {
  if (plan === null || isOld) return <p className="muted">Looking at what the bucket needs…</p>
  if (plan.refusal !== null)
    return (
      <Note kind="danger" title={`It cannot be made ${plan.visibility} here`}>
        {visibleName(plan.refusal.message)}
      </Note>
    )
  return (
    <>
      <Note
        kind={plan.sure ? 'info' : 'warning'}
        title={
          plan.acls === null && plan.policy === null
            ? 'Nothing has to be changed'
            : plan.policy === null
              ? 'An ACL is sent for each object'
              : plan.acls === null
                ? 'The bucket’s policy is changed'
                : 'ACLs are sent, and the bucket’s policy is changed'
        }
      >
        {plan.reasons.map((reason) => (
          <p key={reason}>{visibleName(reason)}</p>
        ))}
        {plan.sure ? null : <p>What comes of it is asked for afterwards, without signing.</p>}
      </Note>
      {plan.policy === null ? null : (
        <PolicyChange edit={plan.policy} otherStatements={plan.otherStatements} />
      )}
    </>
  )
}

/** The folder that all of them are in: the destination's, where there is one. Null at the root of the bucket. */
function useFolderOf(keys: readonly string[]): string | null {
  const { stores } = useWindow()
  const [first = ''] = keys
  const profileId = stores.profiles.getState().selectedId ?? ''
  const bucket = stores.view.getState().bucket ?? ''
  const destination = destinationOfKey(stores.destinations.getState().destinations, profileId, bucket, first)
  const own = first.slice(0, first.lastIndexOf('/') + 1)
  const folder = destination !== null && destination.prefix !== '' ? destination.prefix : own
  return folder !== '' && keys.every((key) => key.startsWith(folder)) ? folder : null
}

/** The plan for what is chosen; `isOld` while one for another choice is still shown. */
function usePlan(
  keys: readonly string[],
  prefixes: readonly string[],
  folder: string | null,
  visibility: WantedVisibility,
): { plan: VisibilityPlan | null; error: AppError | null; isOld: boolean } {
  const { commands } = useWindow()
  const [answer, setAnswer] = useState<{
    folder: string | null
    plan: VisibilityPlan | null
    error: AppError | null
  } | null>(null)
  useEffect(() => {
    let here = true
    const wanted = folder === null ? { keys, prefixes } : { keys: [], prefixes: [folder] }
    void commands.planVisibility(wanted, visibility).then((result) => {
      if (!here || result === null) return
      if (result.ok) setAnswer({ folder, plan: result.value, error: null })
      else setAnswer({ folder, plan: null, error: result.error })
    })
    return () => {
      here = false
    }
  }, [commands, keys, prefixes, folder, visibility])
  return {
    plan: answer?.plan ?? null,
    error: answer?.error ?? null,
    isOld: answer !== null && answer.folder !== folder,
  }
}
