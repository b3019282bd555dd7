import type { AppError } from '../../../src-preload/contract/app-error.ts'
import { Button } from '../../components/button.tsx'
import { Note } from '../../components/note.tsx'
import { keychainText } from '../../text/profile-text.ts'
import { useWindow } from '../window-context.ts'

/** The states in which the keychain gives nothing. */
export type KeychainTrouble = 'locked' | 'unavailable' | 'timeout'

interface KeychainNoteProps {
  state: KeychainTrouble
  /** What the system said, for the small print. */
  detail?: string
  onAgain: () => void
  /** The way out, when a secret waits to be kept. */
  onKeepForSession?: () => void
}

/** A keychain that gives nothing: each state has its own words and its own remedy. */
export function KeychainNote({ state, detail = '', onAgain, onKeepForSession }: KeychainNoteProps) {
  const { stores, commands } = useWindow()
  const text = keychainText(state)
  return (
    <Note
      kind="warning"
      title={text.title}
      actions={
        <>
          <Button
            onClick={() => {
              void stores.app
                .getState()
                .probeKeychain()
                .then((error) => (commands.fail(error) ? undefined : onAgain()))
            }}
          >
            Check again
          </Button>
          {text.offerSession && onKeepForSession !== undefined ? (
            <Button onClick={onKeepForSession}>Keep for this session</Button>
          ) : null}
        </>
      }
    >
      <p>{text.body}</p>
      {detail === '' ? null : <p className="note-print">{detail}</p>}
    </Note>
  )
}

/** Which trouble an error tells of, or null when it is about something else. */
export function keychainTrouble(error: AppError): KeychainTrouble | null {
  switch (error.code) {
    case 'keychain-locked':
      return 'locked'
    case 'keychain-unavailable':
      return 'unavailable'
    case 'keychain-timeout':
      return 'timeout'
    default:
      return null
  }
}
