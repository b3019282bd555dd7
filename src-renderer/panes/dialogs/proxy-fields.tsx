import type { RefObject } from 'react'
import type { Profile } from '../../../src-preload/contract/profile.ts'
import { SelectField } from '../../components/choice-fields.tsx'
import { Field, TextField } from '../../components/field.tsx'
import type { ProfileForm, ProfileProblems } from '../../stores/profile-form.ts'
import { proxyHint, proxyPasswordHint } from '../../text/profile-text.ts'

interface ProxyFieldsProps {
  form: ProfileForm
  saved: Profile | null
  problem: (name: keyof ProfileProblems) => string | null
  /** Not controlled: what is typed lives in the page's field and nowhere else (S17). */
  password: RefObject<HTMLInputElement | null>
  onChange: (part: Partial<ProfileForm>) => void
}

/** The proxy that a profile's requests go through. */
export function ProxyFields({ form, saved, problem, password, onChange }: ProxyFieldsProps) {
  return (
    <>
      <SelectField
        label="Proxy"
        hint={proxyHint(form.proxy)}
        options={[
          { value: 'system', label: 'As the system says' },
          { value: 'none', label: 'None' },
          { value: 'address', label: 'At this address' },
        ]}
        value={form.proxy}
        onValue={(proxy) => onChange({ proxy })}
      />
      {form.proxy !== 'address' ? null : (
        <>
          <TextField
            label="Address of the proxy"
            value={form.proxyAddress}
            onValue={(proxyAddress) => onChange({ proxyAddress })}
            problem={problem('proxyAddress')}
            placeholder="http://proxy.example.org:3128"
            maxLength={300}
          />
          <div className="field-grid">
            <TextField
              label="User name"
              hint="Only where the proxy wants one."
              value={form.proxyUser}
              onValue={(proxyUser) => onChange({ proxyUser })}
              problem={problem('proxyUser')}
              maxLength={256}
            />
            {form.proxyUser.trim() === '' ? null : (
              <Field label="Password of the proxy" hint={proxyPasswordHint(saved?.proxyPasswordState)}>
                {(ids) => (
                  <input
                    {...ids}
                    ref={password}
                    className="input mono"
                    type="password"
                    autoComplete="off"
                    spellCheck={false}
                    maxLength={1024}
                  />
                )}
              </Field>
            )}
          </div>
        </>
      )}
    </>
  )
}
