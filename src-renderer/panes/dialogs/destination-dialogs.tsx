import { useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import type { Destination } from '../../../src-preload/contract/destination.ts'
import { overlapText } from '../../../src-preload/contract/destination-overlap.ts'
import { builtInPresets } from '../../../src-preload/contract/built-in-presets.ts'
import type { DestinationPreset } from '../../../src-preload/contract/destination-preset.ts'
import { Button } from '../../components/button.tsx'
import { SelectField } from '../../components/choice-fields.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { focusProblem } from '../../components/focus-problem.ts'
import type { DestinationForm } from '../../stores/destination-form.ts'
import {
  destinationInputOf,
  destinationProblems,
  overlapProblem,
  formOfDestination,
  formOfOtherPreset,
  formOfPreset,
  presetInputOf,
} from '../../stores/destination-form.ts'
import { jobOf } from '../../stores/sync-store.ts'
import { kindChoices, readersHint } from '../../text/destination-text.ts'
import { visibilityWords } from '../../text/visibility-text.ts'
import { ErrorHere } from '../error-here.tsx'
import { Note } from '../../components/note.tsx'
import { allPresets, overlapping } from '../../stores/destination-store.ts'
import { visibleName } from '../../text/visible-name.ts'
import { useFrom, useWindow } from '../window-context.ts'
import { CloudFrontFields } from './cloudfront-fields.tsx'
import { KeychainNote, keychainTrouble } from './keychain-note.tsx'
import { ExcludeField } from '../exclude-field.tsx'
import { FolderField } from '../folder-field.tsx'
import { LinkFields } from './link-fields.tsx'
import { MediaRules } from './media-rules.tsx'
import { PrivatePlaceNote } from './private-place-note.tsx'
import { PresetChoice, SavePreset } from './preset-fields.tsx'

/** A warning where settings of an earlier version have two destinations for the same objects. */
function OverlapNote({ destination }: { destination: Destination }) {
  const all = useFrom(
    (each) => each.destinations,
    (state) => state.destinations,
  )
  const [other] = overlapping(all, destination)
  if (other === undefined) return null
  return (
    <Note kind="warning" title={`Overlaps with “${other.name}”`}>
      {visibleName(overlapText(destination, other))} Until then each of the two has a say in the same objects:
      who can read them, under which name a file goes there, and what a sync removes.
    </Note>
  )
}

const visibilityChoices = (['public', 'private'] as const).map((value) => ({
  value,
  label: visibilityWords[value],
}))

interface DestinationDialogProps {
  /** Null for a new one. */
  destination: Destination | null
  /** What a new one starts from: a preset's id. */
  preset: string
  onClose: () => void
}

/** A named place in the bucket with its rules; a new one starts from a preset. */
export function DestinationDialog({ destination, preset, onClose }: DestinationDialogProps) {
  const { stores } = useWindow()
  const profileId = useFrom(
    (all) => all.profiles,
    (state) => state.selectedId,
  )
  const bucket = useFrom(
    (all) => all.view,
    (state) => state.bucket,
  )
  const [start, setStart] = useState<DestinationPreset>(
    () => allPresets(stores.destinations.getState()).find(({ id }) => id === preset) ?? builtInPresets.static,
  )
  const [form, setForm] = useState<DestinationForm>(() =>
    destination === null ? formOfPreset(start) : formOfDestination(destination),
  )
  const [shown, setShown] = useState(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<AppError | null>(null)
  const [keyProblem, setKeyProblem] = useState<string | null>(null)
  /** Whether a private key was there when it was last to be saved. */
  const [hasKey, setHasKey] = useState(false)
  const all = useFrom(
    (each) => each.destinations,
    (state) => state.destinations,
  )
  const place = destination ?? (profileId === null || bucket === null ? null : { profileId, bucket })
  const problems = destinationProblems(form, hasKey)
  /** Also what was created before its private key could not be kept: it is not created again. */
  const [saved, setSaved] = useState(destination)
  const overlap = place === null ? null : overlapProblem(form, place, all, saved)
  const problem = (name: keyof typeof problems) => (shown ? (problems[name] ?? null) : null)
  const change = (part: Partial<DestinationForm>) => setForm({ ...form, ...part })

  const privateKey = useRef<HTMLTextAreaElement>(null)
  const trouble = error === null ? null : keychainTrouble(error)

  const save = async (keepForSession = false) => {
    const key = privateKey.current?.value.trim() ?? ''
    setShown(true)
    setHasKey(key !== '')
    if (place === null || overlap !== null || Object.keys(destinationProblems(form, key !== '')).length > 0)
      return
    setBusy(true)
    setError(null)
    setKeyProblem(null)
    const input = destinationInputOf(form, place.profileId, place.bucket, destination ?? start)
    const store = stores.destinations.getState()
    const result = saved === null ? await store.create(input) : await store.update(saved.id, input)
    if (result.ok) setSaved(result.value)
    const { keyPairId = null } = input
    const failure = !result.ok
      ? result.error
      : key === '' || keyPairId === null
        ? null
        : await store.setCloudFrontKey(keyPairId, key, keepForSession)
    setBusy(false)
    if (result.ok && failure?.code === 'invalid-argument') {
      flushSync(() => setKeyProblem(`${failure.message} The destination is saved without it.`))
      privateKey.current?.focus()
      return
    }
    if (!result.ok || failure !== null) {
      setError(failure)
      return
    }
    onClose()
    stores.view.getState().openDestination(result.value)
  }

  return (
    <Dialog
      title={destination === null ? 'New destination' : 'Edit destination'}
      description={`A place in ${destination?.bucket ?? bucket ?? 'the bucket'} with its own rules.`}
      width="wide"
      onClose={onClose}
      onSubmit={(fields) => {
        void save()
        // What is wrong may be scrolled out of sight: then the button would seem to do nothing.
        focusProblem(fields)
      }}
      trouble={
        trouble === null ? (
          <ErrorHere error={error} />
        ) : (
          <KeychainNote
            state={trouble}
            detail={error?.message ?? ''}
            onAgain={() => void save()}
            onKeepForSession={() => void save(true)}
          />
        )
      }
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={busy}>
            {destination === null ? 'Create destination' : 'Save'}
          </Button>
        </>
      }
    >
      {destination === null ? null : <OverlapNote destination={destination} />}
      {destination === null ? (
        <PresetChoice
          chosen={start}
          onPreset={(next) => {
            setStart(next)
            setForm(formOfOtherPreset(form, start, next))
          }}
        />
      ) : null}
      <div className="field-grid">
        <TextField
          label="Name"
          value={form.name}
          onValue={(name) => change({ name })}
          problem={problem('name')}
          maxLength={80}
        />
        <TextField
          label="Folder in the bucket"
          value={form.prefix}
          onValue={(prefix) => change({ prefix })}
          problem={problem('prefix') ?? overlap}
          hint={form.prefix.trim() === '' ? 'The whole bucket.' : ''}
          placeholder="static/"
        />
      </div>
      <div className="field-grid">
        {destination === null ? (
          <SelectField
            label="Filled by"
            options={kindChoices}
            value={form.kind}
            onValue={(kind) => change({ kind })}
            hint={
              form.kind === 'static'
                ? 'Only what has changed in the folder is sent.'
                : 'Files that you drop, paste or choose.'
            }
          />
        ) : null}
        <SelectField
          label="Who can read"
          options={visibilityChoices}
          value={form.visibility}
          onValue={(visibility) => change({ visibility })}
          hint={readersHint(form, destination?.visibility ?? null)}
        />
      </div>
      {place === null || form.visibility !== 'private' ? null : (
        <PrivatePlaceNote profileId={place.profileId} bucket={place.bucket} prefix={form.prefix} />
      )}
      {form.kind === 'static' ? (
        <FolderField
          label="Folder on this computer"
          folder={form.folder}
          problem={problem('folder')}
          onFolder={(folder) => change({ folder })}
        />
      ) : null}
      <div className="field-grid">
        <TextField
          label="Public base URL"
          value={form.baseUrl}
          onValue={(baseUrl) => change({ baseUrl })}
          problem={problem('baseUrl')}
          placeholder="https://static.example.org"
          hint="A custom domain or CDN in front of the bucket. Empty for the bucket’s own address."
        />
        <TextField
          label="Cache-Control"
          value={form.cacheControl}
          onValue={(cacheControl) => change({ cacheControl })}
          problem={problem('cacheControl')}
          placeholder={form.kind === 'static' ? 'max-age=86400' : 'Not set'}
          hint="How long browsers may keep a file."
        />
      </div>
      <LinkFields form={form} onChange={change} />
      {form.kind === 'static' ? (
        <ExcludeField
          hint="One pattern a line, such as *.map or drafts/**."
          value={form.exclude}
          onValue={(exclude) => change({ exclude })}
          problem={problem('exclude')}
        />
      ) : (
        <MediaRules form={form} problem={problem('keyTemplate')} onChange={change} />
      )}
      {form.baseUrl.trim() === '' ? null : (
        <CloudFrontFields
          keyPairId={form.keyPairId}
          problem={problem('keyPairId')}
          keyProblem={keyProblem}
          onPrivateKeyField={(field) => {
            privateKey.current = field
          }}
          onKeyPairId={(keyPairId) => change({ keyPairId })}
        />
      )}
      <SavePreset
        name={form.name}
        wrong={problems.exclude ?? problems.cacheControl ?? null}
        presetOf={(name) => presetInputOf(form, name, destination ?? start)}
      />
    </Dialog>
  )
}

/** Forgets a destination; nothing in the bucket is touched. */
export function DeleteDestinationDialog({
  destination,
  onClose,
}: {
  destination: Destination
  onClose: () => void
}) {
  const { stores } = useWindow()
  const [error, setError] = useState<AppError | null>(null)
  const safe = useRef<HTMLButtonElement>(null)
  const isPublished = useFrom(
    (all) => all.sync,
    (state) => jobOf(state, destination.id).phase === 'applying',
  )
  const remove = async () => {
    const failure = await stores.destinations.getState().remove(destination.id)
    if (failure !== null) {
      setError(failure)
      return
    }
    if (stores.view.getState().destinationId === destination.id) {
      stores.view.getState().openBucket(destination.bucket, destination.prefix)
    }
    onClose()
  }
  return (
    <Dialog
      title={`Delete the destination ${destination.name}?`}
      description={
        isPublished
          ? 'It is being published. Wait until that has ended, or stop it first.'
          : 'Pail forgets its rules. The files in the bucket stay as they are.'
      }
      width="narrow"
      initialFocus={safe}
      onClose={onClose}
      trouble={<ErrorHere error={error} />}
      footer={
        <>
          <Button ref={safe} onClick={onClose}>
            Cancel
          </Button>
          <Button kind="danger" disabled={isPublished} onClick={() => void remove()}>
            Delete destination
          </Button>
        </>
      }
    ></Dialog>
  )
}
