import { useEffect, useState } from 'react'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import type { Profile } from '../../../src-preload/contract/profile.ts'
import { Button } from '../../components/button.tsx'
import { Note } from '../../components/note.tsx'
import { visibleName } from '../../text/visible-name.ts'
import { ErrorHere } from '../error-here.tsx'
import { useWindow } from '../window-context.ts'

/** The exact command of an AWS profile, to be read before it may run (S31). */
export function CommandConsent({ profile }: { profile: Profile }) {
  const { stores } = useWindow()
  const [command, setCommand] = useState<string | null>(null)
  const [error, setError] = useState<AppError | null>(null)
  const name = profile.credentialSource.type === 'aws-config' ? profile.credentialSource.name : null

  useEffect(() => {
    void stores.profiles
      .getState()
      .listAws()
      .then((result) => {
        if (result.ok) setCommand(result.value.find((entry) => entry.name === name)?.command ?? null)
        else setError(result.error)
      })
  }, [stores, name])

  if (error !== null) return <ErrorHere error={error} />
  if (command === null) return null
  return (
    <Note
      kind="warning"
      title="This profile gets its keys from a program"
      actions={
        <Button
          onClick={() => {
            void stores.profiles
              .getState()
              .allowCommand(profile.id, command)
              .then((result) => (result.ok ? undefined : setError(result.error)))
          }}
        >
          Allow this command
        </Button>
      }
    >
      <p>Pail runs it only if you allow exactly this command. If the file changes, it asks again.</p>
      <pre className="command">{visibleName(command)}</pre>
    </Note>
  )
}
