import { useEffect, useState } from 'react'
import type { RefObject } from 'react'
import type { CredentialState } from '../../../src-preload/contract/profile.ts'
import { Button } from '../../components/button.tsx'
import { Field } from '../../components/field.tsx'
import { cloudflareTokenText } from '../../text/profile-text.ts'
import { useWindow } from '../window-context.ts'

interface CloudflareFieldProps {
  /** Null for a profile that has not been saved. */
  profileId: string | null
  /** The field. It is not controlled: what is in it lives in the page and nowhere else (S17). */
  input: RefObject<HTMLInputElement | null>
}

/** The API token with which Pail reads and switches the public addresses of R2's buckets. */
export function CloudflareField({ profileId, input }: CloudflareFieldProps) {
  const { stores, commands } = useWindow()
  const [state, setState] = useState<CredentialState>('missing')
  useEffect(() => {
    if (profileId === null) return
    let here = true
    void stores.profiles
      .getState()
      .cloudflareTokenState(profileId)
      .then((found) => {
        if (here) setState(found)
      })
    return () => {
      here = false
    }
  }, [stores, profileId])
  const remove = async () => {
    if (profileId === null) return
    const store = stores.profiles.getState()
    if (!commands.fail(await store.setCloudflareToken(profileId, null, false)))
      setState(await store.cloudflareTokenState(profileId))
  }
  const hasToken = state === 'ready' || state === 'session'
  return (
    <>
      <Field
        label="Cloudflare API token (optional)"
        hint={`${cloudflareTokenText(state)} With “Workers R2 Storage: Edit” Pail reads a bucket’s public addresses, and switches them.`}
      >
        {(ids) => (
          <input
            {...ids}
            ref={input}
            className="input mono"
            type="password"
            autoComplete="off"
            spellCheck={false}
            maxLength={1024}
          />
        )}
      </Field>
      {hasToken ? (
        <div className="row">
          <Button onClick={() => void remove()}>Remove the token</Button>
        </div>
      ) : null}
    </>
  )
}
