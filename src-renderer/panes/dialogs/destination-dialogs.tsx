import { useRef, useState } from 'react'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import type { Destination } from '../../../src-preload/contract/destination.ts'
import { overlapText } from '../../../src-preload/contract/destination-overlap.ts'
import { linkExpiryChoices } from '../../../src-preload/contract/link-expiry.ts'
import { Button } from '../../components/button.tsx'
import { CheckField, ChoiceField, SelectField } from '../../components/choice-fields.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import type { DestinationForm } from '../../stores/destination-form.ts'
import {
  destinationInputOf,
  destinationProblems,
  overlapProblem,
  formOfDestination,
  formOfPreset,
  templateExample,
  presetChoices,
} from '../../stores/destination-form.ts'
import type { DestinationPreset } from '../../stores/view-store.ts'
import { linkFormatChoices } from '../../text/upload-text.ts'
import { expiryLabel } from '../../text/link-text.ts'
import { ErrorHere } from '../error-here.tsx'
import { Note } from '../../components/note.tsx'
import { overlapping } from '../../stores/destination-store.ts'
import { visibleName } from '../../text/visible-name.ts'
import { useFrom, useWindow } from '../window-context.ts'
import { CloudFrontFields } from './cloudfront-fields.tsx'
import { KeychainNote, keychainTrouble } from './keychain-note.tsx'
import { ExcludeField } from '../exclude-field.tsx'
import { FolderField } from '../folder-field.tsx'

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

interface DestinationDialogProps {
  /** Null for a new one. */
  destination: Destination | null
  preset: DestinationPreset
  onClose: () => void
}

/** A named place in the bucket with its rules; three presets to start from. */
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
  const [form, setForm] = useState<DestinationForm>(() =>
    destination === null ? formOfPreset(preset) : formOfDestination(destination),
  )
  const [shown, setShown] = useState(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<AppError | null>(null)
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
    const input = destinationInputOf(form, place.profileId, place.bucket, destination)
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
      onSubmit={() => void save()}
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
        <ChoiceField
          label="Kind"
          choices={presetChoices}
          value={form.preset}
          onValue={(next) => setForm(formOfPreset(next))}
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
      {form.preset === 'static' ? (
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
          placeholder={form.preset === 'static' ? 'max-age=86400' : 'Not set'}
          hint="How long browsers may keep a file."
        />
      </div>
      {form.preset === 'static' ? (
        <ExcludeField
          hint="One pattern a line, such as *.map or drafts/**."
          value={form.exclude}
          onValue={(exclude) => change({ exclude })}
        />
      ) : (
        <MediaRules form={form} problem={problem('keyTemplate')} onChange={change} />
      )}
      {form.baseUrl.trim() === '' ? null : (
        <CloudFrontFields
          keyPairId={form.keyPairId}
          problem={problem('keyPairId')}
          onPrivateKeyField={(field) => {
            privateKey.current = field
          }}
          onKeyPairId={(keyPairId) => change({ keyPairId })}
        />
      )}
      {trouble === null ? (
        <ErrorHere error={error} />
      ) : (
        <KeychainNote
          state={trouble}
          detail={error?.message ?? ''}
          onAgain={() => void save()}
          onKeepForSession={() => void save(true)}
        />
      )}
    </Dialog>
  )
}

/** How uploads are named, what happens to a name that is taken, and what is copied at the end. */
function MediaRules({
  form,
  problem,
  onChange,
}: {
  form: DestinationForm
  problem: string | null
  onChange: (part: Partial<DestinationForm>) => void
}) {
  const expiries = linkExpiryChoices.map((choice) => ({ value: String(choice.seconds), label: choice.label }))
  const expiry = String(form.linkExpirySeconds)
  const [today] = useState(() => new Date())
  const example = templateExample(form.keyTemplate, today)
  return (
    <>
      <div className="field-grid">
        <TextField
          label="Names in the bucket"
          className="input mono"
          value={form.keyTemplate}
          onValue={(keyTemplate) => onChange({ keyTemplate })}
          problem={problem}
          placeholder="{name}.{ext}"
          maxLength={256}
          spellCheck={false}
          hint={
            <>
              {example === '' ? null : (
                <>
                  “Team photo.jpg” becomes <span className="mono">{example}</span>.{' '}
                </>
              )}
              {'{name} {slug} {ext} {yyyy} {mm} {dd} {hash8} {uuid}'}
            </>
          }
        />
        <SelectField
          label="When a name exists"
          options={[
            { value: 'keep-both', label: 'Keep both' },
            { value: 'ask', label: 'Ask' },
            { value: 'skip', label: 'Skip' },
            { value: 'overwrite', label: 'Replace' },
          ]}
          value={form.onConflict}
          onValue={(onConflict) => onChange({ onConflict })}
          hint={conflictHints[form.onConflict]}
        />
        <CheckField
          label="Clean names as Django does"
          checked={form.cleanNames}
          onChecked={(cleanNames) => onChange({ cleanNames })}
          hint="Spaces become _; only letters, digits, _, - and . stay."
        />
        <CheckField
          label="Use identical files again"
          checked={form.reuseIdentical}
          onChecked={(reuseIdentical) => onChange({ reuseIdentical })}
          hint="When the very same bytes are there under the name, nothing is sent."
        />
        <SelectField
          label="Copy links as"
          options={linkFormatChoices}
          value={form.linkFormat}
          onValue={(linkFormat) => onChange({ linkFormat })}
        />
        <SelectField
          label="Links work for"
          options={
            expiries.some((each) => each.value === expiry)
              ? expiries
              : [...expiries, { value: expiry, label: expiryLabel(form.linkExpirySeconds) }]
          }
          value={expiry}
          onValue={(value) => onChange({ linkExpirySeconds: Number(value) })}
        />
        <CheckField
          label="Remove location from pictures"
          checked={form.stripMetadata}
          onChecked={(stripMetadata) => onChange({ stripMetadata })}
          hint={
            form.preset === 'private-media'
              ? 'And all other metadata, when an upload is made public.'
              : 'And all other metadata, before anyone can read them. Your files stay as they are.'
          }
        />
      </div>
    </>
  )
}

const conflictHints: Readonly<Record<DestinationForm['onConflict'], string>> = {
  'keep-both': 'The new file gets another name, as Django gives it.',
  ask: 'The names that exist are shown before anything is sent.',
  skip: 'What is there stays, and the new file is left out.',
  overwrite: 'What is there is replaced, without a question.',
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
      description="Pail forgets its rules. The files in the bucket stay as they are."
      width="narrow"
      initialFocus={safe}
      onClose={onClose}
      footer={
        <>
          <Button ref={safe} onClick={onClose}>
            Cancel
          </Button>
          <Button kind="danger" onClick={() => void remove()}>
            Delete destination
          </Button>
        </>
      }
    >
      <ErrorHere error={error} />
    </Dialog>
  )
}
