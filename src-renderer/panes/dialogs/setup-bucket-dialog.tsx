import { useState } from 'react'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import type { SetupPlan } from '../../../src-preload/contract/bucket-setup.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { ErrorHere } from '../error-here.tsx'
import { useWindow } from '../window-context.ts'
import { SetupDialog } from './setup-dialog.tsx'
import { isForNothing, originsOf, SiteFields, usualSite } from './site-fields.tsx'

interface SetupBucketDialogProps {
  profileId: string
  bucket: string
  onClose: () => void
}

/** Sets up a bucket that is there: asks what it is for, then shows what it lacks. */
export function SetupBucketDialog({ profileId, bucket, onClose }: SetupBucketDialogProps) {
  const { stores } = useWindow()
  const [site, setSite] = useState(usualSite)
  const [plan, setPlan] = useState<SetupPlan | null>(null)
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<AppError | null>(null)
  const show = async () => {
    setTried(true)
    if (isForNothing(site)) return
    setBusy(true)
    const result = await stores.objects.planBucketSetup({
      profileId,
      bucket,
      // Where the bucket is, it says itself.
      region: 'us-east-1',
      kinds: [...site.kinds],
      presets: [...site.presets],
      versioning: site.versioning,
      origins: originsOf(site),
      existing: true,
    })
    setBusy(false)
    setError(result.ok ? null : result.error)
    if (result.ok) setPlan(result.value)
  }
  if (plan !== null)
    return <SetupDialog profileId={profileId} plan={plan} onBack={() => setPlan(null)} onClose={onClose} />
  return (
    <Dialog
      title={`Set up ${bucket} for a website`}
      description="Adds what the bucket lacks. Rules and statements that others have set stay as they are."
      onClose={onClose}
      onSubmit={() => void show()}
      trouble={<ErrorHere error={error} />}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={busy}>
            Show the plan…
          </Button>
        </>
      }
    >
      <SiteFields
        site={site}
        problem={tried && isForNothing(site) ? 'Choose what the bucket is for.' : null}
        onSite={setSite}
      />
    </Dialog>
  )
}
