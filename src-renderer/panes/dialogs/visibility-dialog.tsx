import { useEffect, useRef, useState } from 'react'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import type { VisibilityPlan } from '../../../src-preload/contract/visibility-plan.ts'
import type { WantedVisibility } from '../../../src-preload/contract/visibility.ts'
import { BucketNameField } from '../../components/bucket-name-field.tsx'
import { Button } from '../../components/button.tsx'
import { ChoiceField } from '../../components/choice-fields.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { NameList } from '../../components/name-list.tsx'
import { VisibleName } from '../../components/visible-name.tsx'
import { destinationOfKey } from '../../stores/destination-store.ts'
import { formatCount } from '../../text/format.ts'
import { visibleName } from '../../text/visible-name.ts'
import { ErrorHere } from '../error-here.tsx'
import { useFrom, useWindow } from '../window-context.ts'
import { MetadataNote } from './metadata-note.tsx'
import { PlanView } from './visibility-plan-view.tsx'

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
 * shows the change; several at once, and whatever is about the whole bucket, need the bucket's name typed (S44).
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
  const [customDomains, setCustomDomains] = useState<readonly string[]>([])
  const profileId = useFrom(
    (all) => all.profiles,
    (state) => state.selectedId,
  )
  const {
    plan,
    error: planError,
    isOld,
  } = usePlan(keys, prefixes, { folder: scope === 'folder' ? folder : null, customDomains }, visibility)
  const [error, setError] = useState<AppError | null>(null)
  const [busy, setBusy] = useState(false)
  const [typed, setTyped] = useState('')
  const safe = useRef<HTMLButtonElement>(null)

  /** The service knows the whole bucket only, whatever was chosen. */
  const isWhole = plan !== null && plan.switches.length > 0
  const isFolder = scope === 'folder' || prefixes.length > 0 || isWhole
  const many = keys.length > 1 || isFolder
  const needsName = isWhole || (many && visibility === 'public')
  const opened = isWhole ? wholeBucket : prefixes
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
      title={titleOf(isWhole ? [] : keys, opened, count, visibility)}
      description={descriptionOf(visibility, isWhole)}
      {...(needsName ? {} : { initialFocus: safe })}
      onClose={onClose}
      onSubmit={() => void apply()}
      trouble={<ErrorHere error={error ?? planError} />}
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
        {opened.map((prefix) => (
          <li key={prefix}>
            <VisibleName name={`${bucket}/${prefix}`} splitsExtension={false} />{' '}
            <span className="muted">
              {plan === null ? 'and everything in it' : foundIn(plan, isWhole ? 0 : keys.length)}
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
      {folder !== null && plan !== null && canBeFolder(plan, scope) ? (
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
      <PlanView
        plan={plan}
        isOld={isOld}
        profileId={profileId}
        customDomains={customDomains}
        onCustomDomains={setCustomDomains}
      />
      {visibility === 'public' ? <MetadataNote bucket={bucket} keys={[...keys, ...prefixes]} /> : null}
      {needsName && plan?.refusal === null ? (
        <BucketNameField bucket={bucket} typed={typed} onTyped={setTyped} />
      ) : null}
    </Dialog>
  )
}

const wholeBucket = ['']

function descriptionOf(visibility: WantedVisibility, isWhole: boolean): string {
  if (isWhole)
    return visibility === 'public'
      ? 'This service opens a bucket only as a whole. Anybody who has a URL can then read every object in it, without signing in.'
      : 'This service shuts a bucket only as a whole. Pages that show something of it to everybody stop finding it.'
  return visibility === 'public'
    ? 'Anybody who has the URL can then read it, without signing in. Search engines may find it.'
    : 'Pages that show it to everybody stop finding it. Links that end go on working.'
}

/** Whether there is a choice between the objects and their folder. */
function canBeFolder({ way }: VisibilityPlan, scope: Scope): boolean {
  return way !== 'provider-switch' && (scope === 'folder' || way !== 'object-acl')
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
function foundIn({ objects, more, prefixes, way, visibility }: VisibilityPlan, own: number): string {
  if (prefixes.length !== 1) return 'and everything in it, now and later'
  const there = objects - own
  const now = there === 0 ? 'nothing yet' : `${more ? 'at least ' : ''}${formatCount(there, 'object')} now`
  // A public ACL of a later upload is its own.
  if (way === 'object-acl' && visibility === 'private') return now
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
  { folder, customDomains }: { folder: string | null; customDomains: readonly string[] },
  visibility: WantedVisibility,
): { plan: VisibilityPlan | null; error: AppError | null; isOld: boolean } {
  const { commands } = useWindow()
  /** What the answer is of. */
  const choice = JSON.stringify([folder, customDomains])
  const [answer, setAnswer] = useState<{
    choice: string
    plan: VisibilityPlan | null
    error: AppError | null
  } | null>(null)
  useEffect(() => {
    let here = true
    const wanted = folder === null ? { keys, prefixes } : { keys: [], prefixes: [folder] }
    void commands.planVisibility({ ...wanted, customDomains }, visibility).then((result) => {
      if (!here || result === null) return
      if (result.ok) setAnswer({ choice, plan: result.value, error: null })
      else setAnswer({ choice, plan: null, error: result.error })
    })
    return () => {
      here = false
    }
  }, [commands, keys, prefixes, folder, customDomains, choice, visibility])
  return {
    plan: answer?.plan ?? null,
    error: answer?.error ?? null,
    isOld: answer !== null && answer.choice !== choice,
  }
}
