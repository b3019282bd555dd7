import type { RefObject } from 'react'
import { Field } from '../../components/field.tsx'

/** The three inputs. They are not controlled: what is typed lives in the page's fields and nowhere else (S17). */
export interface SecretInputs {
  accessKeyId: HTMLInputElement | null
  secretAccessKey: HTMLInputElement | null
  sessionToken: HTMLInputElement | null
}

/** Access key ID, secret and session token. */
export function SecretFields({ inputs }: { inputs: RefObject<SecretInputs> }) {
  const attach = (name: keyof SecretInputs) => (element: HTMLInputElement | null) => {
    inputs.current[name] = element
  }
  return (
    <>
      <div className="field-grid">
        <Field label="Access key ID">
          {(ids) => (
            <input
              {...ids}
              ref={attach('accessKeyId')}
              className="input mono"
              type="text"
              autoComplete="off"
              spellCheck={false}
              maxLength={256}
            />
          )}
        </Field>
        <Field label="Secret access key" hint="Goes to the keychain of this computer and is not shown again.">
          {(ids) => (
            <input
              {...ids}
              ref={attach('secretAccessKey')}
              className="input mono"
              type="password"
              autoComplete="off"
              spellCheck={false}
              maxLength={4096}
            />
          )}
        </Field>
      </div>
      <details>
        <summary>Session token</summary>
        <div className="details-body">
          <Field
            label="Session token"
            hint="Only with temporary keys. It is kept in memory until Pail quits."
          >
            {(ids) => (
              <input
                {...ids}
                ref={attach('sessionToken')}
                className="input mono"
                type="password"
                autoComplete="off"
                spellCheck={false}
                maxLength={4096}
              />
            )}
          </Field>
        </div>
      </details>
    </>
  )
}

/** What was typed, for one call; null when key or secret is missing. */
export function readSecret(
  inputs: SecretInputs,
): { accessKeyId: string; secretAccessKey: string; sessionToken: string | null } | null {
  const accessKeyId = inputs.accessKeyId?.value.trim() ?? ''
  const secretAccessKey = inputs.secretAccessKey?.value.trim() ?? ''
  const sessionToken = inputs.sessionToken?.value.trim() ?? ''
  if (accessKeyId === '' || secretAccessKey === '') return null
  return { accessKeyId, secretAccessKey, sessionToken: sessionToken === '' ? null : sessionToken }
}

/** Empties the fields. */
export function clearSecret(inputs: SecretInputs): void {
  for (const input of [inputs.accessKeyId, inputs.secretAccessKey, inputs.sessionToken]) {
    if (input !== null) input.value = ''
  }
}
