import { FileKey } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import type { CredentialState } from '../../../src-preload/contract/profile.ts'
import { Button } from '../../components/button.tsx'
import { Field, TextField } from '../../components/field.tsx'
import { useWindow } from '../window-context.ts'

/** No private key that CloudFront takes is longer, in bytes. */
const mostBytes = 16_384

interface CloudFrontFieldsProps {
  keyPairId: string
  problem: string | null
  /** What is wrong with the private key, as it was last to be saved. */
  keyProblem: string | null
  /** Gets the field of the private key. It is not controlled: what is in it lives in the page and nowhere else (S17). */
  onPrivateKeyField: (field: HTMLTextAreaElement | null) => void
  onKeyPairId: (keyPairId: string) => void
}

/** The key pair with which links to private files at a custom domain are signed for CloudFront. */
export function CloudFrontFields({
  keyPairId,
  problem,
  keyProblem,
  onPrivateKeyField,
  onKeyPairId,
}: CloudFrontFieldsProps) {
  const [unreadable, setUnreadable] = useState<string | null>(null)
  // Not by what is typed: a field that is emptied to be filled anew must not fold up under the hands.
  const [isOpen, setIsOpen] = useState(keyPairId !== '')
  const file = useRef<HTMLInputElement>(null)
  const field = useRef<HTMLTextAreaElement>(null)
  const state = useKeyState(keyPairId.trim())
  const read = async (chosen: File | undefined) => {
    if (chosen === undefined || field.current === null) return
    setUnreadable(chosen.size > mostBytes ? 'This file is too long for a private key.' : null)
    if (chosen.size <= mostBytes) field.current.value = await chosen.text()
  }
  return (
    <details
      open={isOpen || problem !== null || keyProblem !== null}
      onToggle={(event) => setIsOpen(event.currentTarget.open)}
    >
      <summary>Links signed for CloudFront</summary>
      <div className="stack details-body">
        <TextField
          label="Key pair ID"
          className="input mono"
          value={keyPairId}
          onValue={onKeyPairId}
          problem={problem}
          maxLength={32}
          placeholder="K2JCJMDEHXQW5F"
          hint="Of the public key that the distribution trusts. Links to private files then work at the base URL."
        />
        <Field
          label="Private key"
          problem={unreadable ?? keyProblem}
          hint={`${stateText[state]} RSA with 2,048 bits or ECDSA on P-256, in PEM.`}
        >
          {(ids) => (
            <textarea
              {...ids}
              ref={(element) => {
                field.current = element
                onPrivateKeyField(element)
              }}
              className="input mono secret-text"
              rows={3}
              spellCheck={false}
              autoComplete="off"
              maxLength={mostBytes}
              placeholder="-----BEGIN PRIVATE KEY-----"
            />
          )}
        </Field>
        <div className="row">
          <Button icon={FileKey} onClick={() => file.current?.click()}>
            Choose a file…
          </Button>
          <input
            ref={file}
            type="file"
            accept=".pem,.key,.txt"
            hidden
            aria-label="File with the private key"
            onChange={(event) => {
              void read(event.target.files?.[0])
              event.target.value = ''
            }}
          />
        </div>
      </div>
    </details>
  )
}

const stateText: Readonly<Record<CredentialState, string>> = {
  ready: 'The key is in the keychain; what is entered here replaces it.',
  session: 'The key is kept in memory until Pail quits; what is entered here replaces it.',
  missing: 'Goes to the keychain of this computer and is not shown again.',
  locked: 'The keychain is locked.',
  unavailable: 'This computer has no keychain.',
  timeout: 'The keychain does not answer.',
  inert: '',
}

function useKeyState(keyPairId: string): CredentialState {
  const { stores } = useWindow()
  const [found, setFound] = useState<{ id: string; state: CredentialState } | null>(null)
  const isWhole = /^[A-Z0-9]{10,32}$/.test(keyPairId)
  useEffect(() => {
    if (!isWhole) return
    let here = true
    void stores.destinations
      .getState()
      .cloudFrontKeyState(keyPairId)
      .then((state) => {
        if (here) setFound({ id: keyPairId, state })
      })
    return () => {
      here = false
    }
  }, [stores, keyPairId, isWhole])
  return isWhole && found?.id === keyPairId ? found.state : 'missing'
}
