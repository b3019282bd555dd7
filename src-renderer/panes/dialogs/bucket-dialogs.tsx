import { useState } from 'react'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import type { BucketAccessChoice } from '../../../src-preload/contract/bucket.ts'
import type { SetupPlan } from '../../../src-preload/contract/bucket-setup.ts'
import { bucketNameProblem, bucketNameWarning } from '../../../src-preload/contract/bucket-name.ts'
import { BucketNameField } from '../../components/bucket-name-field.tsx'
import { Button } from '../../components/button.tsx'
import { ChoiceField } from '../../components/choice-fields.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { presetOf } from '../../stores/profile-form.ts'
import { selectedProfile } from '../../stores/profile-store.ts'
import { ErrorHere } from '../error-here.tsx'
import { useFrom, useWindow } from '../window-context.ts'
import { SetupDialog } from './setup-dialog.tsx'
import { isForNothing, originsOf, SiteFields, usualSite } from './site-fields.tsx'

/** Creates a bucket; the name is checked as it is typed. */
export function CreateBucketDialog({ onClose }: { onClose: () => void }) {
  const { stores } = useWindow()
  const profile = useFrom((all) => all.profiles, selectedProfile)
  const [name, setName] = useState('')
  const [region, setRegion] = useState(profile?.region ?? 'us-east-1')
  const [access, setAccess] = useState<BucketAccessChoice | 'site'>('private')
  const [site, setSite] = useState(usualSite)
  const [plan, setPlan] = useState<SetupPlan | null>(null)
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<AppError | null>(null)
  const problem = name === '' ? (tried ? 'Type a name.' : null) : bucketNameProblem(name)

  const create = async () => {
    setTried(true)
    if (profile === null || name === '' || problem !== null || region.trim() === '') return
    if (access === 'site') {
      if (!isForNothing(site)) await showPlan(profile.id)
      return
    }
    setBusy(true)
    const result = await stores.buckets.getState().create(profile.id, name, region.trim(), access)
    setBusy(false)
    if (!result.ok) {
      setError(result.error)
      return
    }
    stores.view.getState().openBucket(result.value.name)
    onClose()
  }

  const showPlan = async (profileId: string) => {
    setBusy(true)
    const result = await stores.objects.planBucketSetup({
      profileId,
      bucket: name,
      region: region.trim(),
      kinds: [...site.kinds],
      presets: [...site.presets],
      versioning: site.versioning,
      origins: originsOf(site),
    })
    setBusy(false)
    setError(result.ok ? null : result.error)
    if (result.ok) setPlan(result.value)
  }

  if (plan !== null && profile !== null)
    return <SetupDialog profileId={profile.id} plan={plan} onBack={() => setPlan(null)} onClose={onClose} />
  return (
    <Dialog
      title="New bucket"
      onClose={onClose}
      onSubmit={() => void create()}
      trouble={<ErrorHere error={error} />}
      footer={
        <>
          <Button
            kind="quiet"
            className="push"
            onClick={() => stores.view.getState().openDialog({ kind: 'add-bucket' })}
          >
            Add a bucket by name
          </Button>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={busy || problem !== null}>
            {access === 'site' ? 'Show the plan…' : busy ? 'Creating…' : 'Create bucket'}
          </Button>
        </>
      }
    >
      <TextField
        label="Bucket name"
        value={name}
        onValue={(value) => {
          setName(value)
          setError(null)
        }}
        problem={problem}
        hint={
          name === ''
            ? 'Small letters, digits and hyphens. It becomes part of every URL.'
            : (bucketNameWarning(name) ?? 'This name can be used, if nobody else has it.')
        }
        placeholder="example-assets"
        maxLength={63}
      />
      <TextField
        label="Region"
        value={region}
        onValue={setRegion}
        suggestions={profile === null ? [] : presetOf(profile.provider).regions}
        hint="Close to the visitors of the website. It cannot be changed later."
        problem={region.trim() === '' ? 'Choose a region.' : null}
      />
      <ChoiceField
        label="Who can read the files"
        value={access}
        onValue={setAccess}
        choices={[
          {
            value: 'private',
            label: 'Private',
            hint: 'Nothing in it can become public by accident. Files are shared by expiring links.',
          },
          {
            value: 'per-object',
            label: 'Decided for each file',
            hint: 'Every upload can be public or private, by an ACL of its own.',
          },
          {
            value: 'site',
            label: 'Set up for a website',
            hint: 'Static files and media, each with who can read it. Every call is shown before it is made.',
          },
        ]}
      />
      {access === 'site' ? (
        <SiteFields
          site={site}
          problem={tried && isForNothing(site) ? 'Choose what the bucket is for.' : null}
          onSite={setSite}
        />
      ) : null}
    </Dialog>
  )
}

/** Adds a bucket that the key may use but not list. */
export function AddBucketDialog({ onClose }: { onClose: () => void }) {
  const { stores } = useWindow()
  const profileId = useFrom(
    (all) => all.profiles,
    (state) => state.selectedId,
  )
  const [name, setName] = useState('')
  const [error, setError] = useState<AppError | null>(null)
  const add = async () => {
    const bucket = name.trim()
    if (profileId === null || bucket === '') return
    const result = await stores.buckets.getState().addName(profileId, bucket)
    if (!result.ok) {
      setError(result.error)
      return
    }
    stores.view.getState().openBucket(result.value.name)
    onClose()
  }
  return (
    <Dialog
      title="Add a bucket by name"
      description="For keys that may use a bucket and not list all of them."
      width="narrow"
      onClose={onClose}
      onSubmit={() => void add()}
      trouble={<ErrorHere error={error} />}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={name.trim() === ''}>
            Add
          </Button>
        </>
      }
    >
      <TextField label="Bucket name" value={name} onValue={setName} maxLength={255} />
    </Dialog>
  )
}

/** Deletes an empty bucket, after its name was typed. */
export function DeleteBucketDialog({ bucket, onClose }: { bucket: string; onClose: () => void }) {
  const { stores } = useWindow()
  const profileId = useFrom(
    (all) => all.profiles,
    (state) => state.selectedId,
  )
  const [typed, setTyped] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<AppError | null>(null)
  const remove = async () => {
    if (profileId === null || typed !== bucket) return
    setBusy(true)
    const failure = await stores.buckets.getState().remove(profileId, bucket)
    setBusy(false)
    if (failure !== null) {
      setError(failure)
      return
    }
    if (stores.view.getState().bucket === bucket) stores.view.getState().openBucket(null)
    onClose()
  }
  return (
    <Dialog
      title={`Delete the bucket ${bucket}?`}
      description="Only an empty bucket can be deleted. Its name may then be taken by somebody else."
      width="narrow"
      onClose={onClose}
      onSubmit={() => void remove()}
      trouble={<ErrorHere error={error} />}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="danger" type="submit" disabled={busy || typed !== bucket}>
            Delete bucket
          </Button>
        </>
      }
    >
      <BucketNameField bucket={bucket} typed={typed} onTyped={setTyped} />
    </Dialog>
  )
}
