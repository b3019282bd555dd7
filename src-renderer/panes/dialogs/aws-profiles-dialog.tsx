import { useEffect, useState } from 'react'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import type { AwsProfile } from '../../../src-preload/contract/profile.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { awsKindText } from '../../text/profile-text.ts'
import { visibleName } from '../../text/visible-name.ts'
import { ErrorHere } from '../error-here.tsx'
import { useWindow } from '../window-context.ts'

/** The entries of `~/.aws`; using one copies nothing. */
export function AwsProfilesDialog({ onClose }: { onClose: () => void }) {
  const { stores } = useWindow()
  const [entries, setEntries] = useState<readonly AwsProfile[] | null>(null)
  const [error, setError] = useState<AppError | null>(null)
  const [busy, setBusy] = useState(false)

  useEffect(() => {
    void stores.profiles
      .getState()
      .listAws()
      .then((result) => (result.ok ? setEntries(result.value) : setError(result.error)))
  }, [stores])

  const use = async (entry: AwsProfile) => {
    setBusy(true)
    setError(null)
    const store = stores.profiles.getState()
    const added = await store.addAws(entry.name)
    const result =
      added.ok && entry.command !== null ? await store.allowCommand(added.value.id, entry.command) : added
    setBusy(false)
    if (!result.ok) {
      setError(result.error)
      return
    }
    store.select(result.value.id)
    onClose()
  }

  return (
    <Dialog
      title="Use my AWS profiles"
      description="Found in ~/.aws on this computer. Keys are read at each use; nothing is copied."
      width="wide"
      onClose={onClose}
      footer={<Button onClick={onClose}>Done</Button>}
    >
      <ErrorHere error={error} />
      {entries !== null && entries.length === 0 ? (
        <p className="muted">
          There are no profiles in ~/.aws/config or ~/.aws/credentials. Connect a bucket with an access key
          instead.
        </p>
      ) : null}
      <ul className="aws-list" aria-label="AWS profiles">
        {(entries ?? []).map((entry) => (
          <li key={entry.name} className="aws-entry">
            <div className="grow">
              <div className="row">
                <strong>
                  <bdi>{visibleName(entry.name)}</bdi>
                </strong>
                <span className="muted">
                  {awsKindText(entry.kind)}
                  {entry.region === null ? '' : ` · ${entry.region}`}
                </span>
              </div>
              {entry.endpoint === null ? null : (
                <div className="small mono">{visibleName(entry.endpoint)}</div>
              )}
              {entry.problem === null || entry.command !== null ? null : (
                <div className="field-problem">{entry.problem}</div>
              )}
              {entry.command === null ? null : (
                <>
                  <div className="small">
                    {entry.problem ?? 'It gets its keys by running this program.'} Allow it only if you know
                    it.
                  </div>
                  <pre className="command">{visibleName(entry.command)}</pre>
                </>
              )}
            </div>
            <Button
              disabled={busy || (entry.problem !== null && entry.command === null)}
              onClick={() => void use(entry)}
              aria-label={
                entry.command === null ? `Use ${entry.name}` : `Allow this command and use ${entry.name}`
              }
            >
              {entry.command === null ? 'Use' : 'Allow this command and use'}
            </Button>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}
