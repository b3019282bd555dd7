import { useEffect, useRef, useState } from 'react'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import type { DeleteOutcome, DeletePlan } from '../../../src-preload/contract/object.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { NameList } from '../../components/name-list.tsx'
import { Note } from '../../components/note.tsx'
import { VisibleName } from '../../components/visible-name.tsx'
import { formatBytes, formatCount } from '../../text/format.ts'
import { lastSegment, visibleName } from '../../text/visible-name.ts'
import { announceDone } from '../announce.ts'
import { ErrorHere } from '../error-here.tsx'
import { useWindow } from '../window-context.ts'
import { OpensThere } from './opens-there.tsx'

interface DeleteDialogProps {
  keys: readonly string[]
  prefixes: readonly string[]
  onClose: () => void
}

/** Names and counts what a deletion would take away, then does it. */
export function DeleteDialog({ keys, prefixes, onClose }: DeleteDialogProps) {
  const { stores, commands } = useWindow()
  const [plan, setPlan] = useState<DeletePlan | null>(null)
  const [outcome, setOutcome] = useState<DeleteOutcome | null>(null)
  const [error, setError] = useState<AppError | null>(null)
  const [busy, setBusy] = useState(false)
  const safe = useRef<HTMLButtonElement>(null)

  useEffect(() => {
    const profileId = stores.profiles.getState().selectedId
    const { bucket } = stores.view.getState()
    if (profileId === null || bucket === null) return
    let here = true
    void stores.objects
      .planDelete({ profileId, bucket, keys: [...keys], prefixes: [...prefixes] })
      .then((result) => {
        if (!here) return
        if (result.ok) setPlan(result.value)
        else setError(result.error)
      })
    return () => {
      here = false
    }
  }, [stores, keys, prefixes])

  const apply = async () => {
    if (plan === null) return
    setBusy(true)
    const result = await stores.objects.applyDelete({ planId: plan.planId })
    setBusy(false)
    if (!result.ok) {
      setError(result.error)
      return
    }
    void commands.refresh()
    if (result.value.failed.length > 0) {
      setOutcome(result.value)
      return
    }
    announceDone({ title: `${formatCount(result.value.deleted, 'object')} deleted`, body: '' })
    onClose()
  }

  const only = keys.length === 1 && prefixes.length === 0 ? keys[0] : undefined
  const title =
    only !== undefined
      ? `Delete ${visibleName(lastSegment(only))}?`
      : plan === null
        ? 'Delete?'
        : `Delete ${formatCount(plan.objects, 'object')}?`
  return (
    <Dialog
      title={title}
      initialFocus={safe}
      onClose={onClose}
      trouble={<ErrorHere error={error} />}
      footer={
        outcome === null ? (
          <>
            <Button ref={safe} onClick={onClose}>
              Cancel
            </Button>
            <Button kind="danger" disabled={plan === null || busy} onClick={() => void apply()}>
              {busy ? 'Deleting…' : 'Delete'}
            </Button>
          </>
        ) : (
          <Button onClick={onClose}>Done</Button>
        )
      }
    >
      {plan === null && error === null ? <p className="muted">Counting…</p> : null}
      {plan === null || outcome !== null ? null : (
        <>
          <p>
            {formatCount(plan.objects, 'object')}
            {plan.sizeBytes > 0 ? `, ${formatBytes(plan.sizeBytes)}` : ''}.{' '}
            {plan.versioned === 'yes'
              ? 'This bucket keeps old versions, so they can be brought back there.'
              : plan.versioned === 'no'
                ? 'This cannot be undone.'
                : 'Whether the bucket keeps old versions is not known: take it as final.'}
          </p>
          <NameList label="What is deleted">
            {plan.sample.map((key) => (
              <li key={key}>
                <VisibleName name={key} />
              </li>
            ))}
            {plan.objects > plan.sample.length ? (
              <li className="muted">and {formatCount(plan.objects - plan.sample.length, 'other')}</li>
            ) : null}
          </NameList>
        </>
      )}
      {outcome === null ? null : (
        <Note kind="danger" title={`${formatCount(outcome.failed.length, 'object')} could not be deleted`}>
          <p>{formatCount(outcome.deleted, 'object')} deleted.</p>
          <ul>
            {outcome.failed.slice(0, 20).map((failure) => (
              <li key={failure.key}>
                <VisibleName name={failure.key} />: {failure.message} ({failure.code})
              </li>
            ))}
          </ul>
        </Note>
      )}
    </Dialog>
  )
}

/** Gives an object another name in its folder; never overwrites. */
export function RenameDialog({ objectKey, onClose }: { objectKey: string; onClose: () => void }) {
  const { stores } = useWindow()
  const folder = objectKey.slice(0, objectKey.lastIndexOf('/') + 1)
  const [name, setName] = useState(objectKey.slice(folder.length))
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<AppError | null>(null)
  const unchanged = name === objectKey.slice(folder.length)
  const { bucket } = stores.view.getState()
  // The second step, for this name only.
  const opens = error?.code === 'safety-refused' && error.key === `${folder}${name}`
  const rename = async () => {
    const profileId = stores.profiles.getState().selectedId
    if (profileId === null || bucket === null || name === '' || unchanged) return
    setBusy(true)
    const newKey = `${folder}${name}`
    const result = await stores.objects.renameObject({
      profileId,
      bucket,
      key: objectKey,
      newKey,
      ...(opens ? { confirmedPublic: true } : {}),
    })
    setBusy(false)
    if (!result.ok) {
      setError(result.error)
      return
    }
    const store = stores.view.getState().pane === 'media' ? stores.media : stores.browse
    await store.getState().reload()
    store.getState().setSelection({ ids: new Set([newKey]), anchor: newKey, lead: newKey })
    onClose()
  }
  return (
    <Dialog
      title="Rename"
      description="The object is copied to the new name on the server, then the old one is removed. Links to the old name stop working."
      onClose={onClose}
      onSubmit={() => void rename()}
      trouble={opens ? null : <ErrorHere error={error} />}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind={opens ? 'danger' : 'primary'}
            type="submit"
            disabled={busy || name === '' || unchanged}
          >
            {busy ? 'Renaming…' : opens ? 'Rename and make public' : 'Rename'}
          </Button>
        </>
      }
    >
      <TextField label="New name" value={name} onValue={setName} maxLength={1024} />
      {opens && bucket !== null ? <OpensThere bucket={bucket} newKey={`${folder}${name}`} /> : null}
    </Dialog>
  )
}

/** Makes an empty folder here. */
export function NewFolderDialog({ onClose }: { onClose: () => void }) {
  const { stores } = useWindow()
  const [name, setName] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<AppError | null>(null)
  const clean = name.trim().replace(/^\/+|\/+$/g, '')
  const create = async () => {
    const profileId = stores.profiles.getState().selectedId
    const { bucket, prefix } = stores.view.getState()
    if (profileId === null || bucket === null || clean === '') return
    setBusy(true)
    const result = await stores.objects.createFolder({ profileId, bucket, prefix: `${prefix}${clean}/` })
    setBusy(false)
    if (!result.ok) {
      setError(result.error)
      return
    }
    void stores.browse.getState().reload()
    onClose()
  }
  return (
    <Dialog
      title="New folder"
      width="narrow"
      onClose={onClose}
      onSubmit={() => void create()}
      trouble={<ErrorHere error={error} />}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={busy || clean === ''}>
            Create folder
          </Button>
        </>
      }
    >
      <TextField label="Folder name" value={name} onValue={setName} maxLength={512} />
    </Dialog>
  )
}
