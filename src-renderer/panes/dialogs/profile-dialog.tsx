import { RadioGroup } from '@base-ui/react/radio-group'
import { Radio } from '@base-ui/react/radio'
import { useRef, useState } from 'react'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import { longestAuthority } from '../../../src-preload/contract/longest-authority.ts'
import type { ConnectionReport, Profile } from '../../../src-preload/contract/profile.ts'
import { providerPresets } from '../../../src-preload/contract/provider-presets.ts'
import { Button } from '../../components/button.tsx'
import { SelectField } from '../../components/choice-fields.tsx'
import { ColourDot, profileColours } from '../../components/colour-dot.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Field, TextField } from '../../components/field.tsx'
import { Note } from '../../components/note.tsx'
import type { ProfileForm } from '../../stores/profile-form.ts'
import {
  endpointOf,
  formOfProfile,
  insecureHost,
  isR2,
  needsAccount,
  newProfileForm,
  presetOf,
  profileInputOf,
  profileProblems,
  withProvider,
} from '../../stores/profile-form.ts'
import { credentialSourceText } from '../../text/profile-text.ts'
import { ErrorHere } from '../error-here.tsx'
import { useFrom, useWindow } from '../window-context.ts'
import { CloudflareField } from './cloudflare-field.tsx'
import { CommandConsent } from './command-consent.tsx'
import { ConnectionLines } from './connection-lines.tsx'
import { KeychainNote, keychainTrouble } from './keychain-note.tsx'
import { ProxyFields } from './proxy-fields.tsx'
import type { SecretInputs } from './secret-fields.tsx'
import { clearSecret, readSecret, SecretFields } from './secret-fields.tsx'

/** Fields that may be hidden. */
const isAdvanced = ['certificateAuthority', 'proxyAddress', 'proxyUser'] as const

interface ProfileDialogProps {
  /** Null to connect a new one. */
  profileId: string | null
  onClose: () => void
}

/** Connects a bucket, or edits a profile: everything in one place, and a test that answers in words. */
export function ProfileDialog({ profileId, onClose }: ProfileDialogProps) {
  const { stores, commands } = useWindow()
  const store = stores.profiles
  const [savedId, setSavedId] = useState(profileId)
  const saved = useFrom(
    (all) => all.profiles,
    (state) => state.profiles?.find((each) => each.id === savedId) ?? null,
  )
  const [form, setForm] = useState<ProfileForm>(() =>
    saved === null ? newProfileForm : formOfProfile(saved),
  )
  const [shown, setShown] = useState(false)
  const [busy, setBusy] = useState<'save' | 'test' | null>(null)
  /** What the person asked for last, to go on with once the keychain's trouble is over. */
  const [asked, setAsked] = useState<'save' | 'test'>('save')
  const [error, setError] = useState<AppError | null>(null)
  const [report, setReport] = useState<ConnectionReport | null>(null)
  const [replacing, setReplacing] = useState(false)
  const secret = useRef<SecretInputs>({ accessKeyId: null, secretAccessKey: null, sessionToken: null })

  const cloudflareToken = useRef<HTMLInputElement>(null)
  const proxyPassword = useRef<HTMLInputElement | null>(null)
  const advanced = useRef<HTMLDetailsElement>(null)

  const problems = profileProblems(form)
  const problem = (name: keyof typeof problems) => (shown ? (problems[name] ?? null) : null)
  const preset = presetOf(form.provider)
  const accountMissing = needsAccount(form) && form.account.trim() === ''
  const host = insecureHost(endpointOf(form))
  const ownsKeys = saved === null || saved.credentialSource.type === 'keychain'
  const hasKeys = saved !== null && ['ready', 'session', 'locked', 'timeout'].includes(saved.credentialState)
  const trouble = error === null ? null : keychainTrouble(error)
  const change = (part: Partial<ProfileForm>) => setForm({ ...form, ...part })

  const clearProxyPassword = () => {
    if (proxyPassword.current !== null) proxyPassword.current.value = ''
  }

  const save = async (keepForSession: boolean): Promise<Profile | null> => {
    setShown(true)
    setError(null)
    setReport(null)
    // What is wrong is not to be hidden.
    if (isAdvanced.some((name) => problems[name] !== undefined)) advanced.current?.setAttribute('open', '')
    if (Object.keys(problems).length > 0) return null
    const input = profileInputOf(form, saved)
    const result =
      savedId === null ? await store.getState().create(input) : await store.getState().update(savedId, input)
    if (!result.ok) {
      setError(result.error)
      return null
    }
    let profile = result.value
    setSavedId(profile.id)
    const password = proxyPassword.current?.value ?? ''
    if (password !== '' && profile.proxyPasswordState !== undefined) {
      const proxied = await store
        .getState()
        .setProxyPassword({ profileId: profile.id, password, keepForSession })
      if (!proxied.ok) {
        setError(proxied.error)
        return null
      }
      clearProxyPassword()
      profile = proxied.value
    }
    const kept = await keepKeys(profile, keepForSession)
    if (kept === null) return null
    const token = cloudflareToken.current?.value.trim() ?? ''
    if (token === '') return kept
    const failure = await store.getState().setCloudflareToken(profile.id, token, keepForSession)
    if (failure === null) cloudflareToken.current!.value = ''
    setError(failure)
    return failure === null ? kept : null
  }

  const keepKeys = async (profile: Profile, keepForSession: boolean): Promise<Profile | null> => {
    const typed = readSecret(secret.current)
    if (!ownsKeys || typed === null) return profile
    const kept = await store.getState().setSecret({ profileId: profile.id, ...typed, keepForSession })
    if (!kept.ok) {
      setError(kept.error)
      return null
    }
    clearSecret(secret.current)
    setReplacing(false)
    return kept.value
  }

  const run = async (what: 'save' | 'test', keepForSession = false) => {
    setAsked(what)
    setBusy(what)
    try {
      const profile = await save(keepForSession)
      if (profile === null) return
      if (what === 'test') {
        const result = await store.getState().test(profile.id)
        if (result.ok) setReport(result.value)
        else setError(result.error)
        return
      }
      const already = store.getState().selectedId === profile.id
      store.getState().select(profile.id)
      if (already) void commands.refresh()
      onClose()
    } finally {
      setBusy(null)
    }
  }

  const cancel = () => {
    clearSecret(secret.current)
    clearProxyPassword()
    // A profile that was made only to test it goes again.
    if (profileId === null && savedId !== null) void store.getState().remove(savedId).then(commands.fail)
    onClose()
  }

  return (
    <Dialog
      title={profileId === null ? 'Connect a bucket' : 'Edit profile'}
      width="wide"
      onClose={cancel}
      onSubmit={() => void run('save')}
      trouble={
        trouble === null ? (
          <ErrorHere error={error} />
        ) : (
          <KeychainNote
            state={trouble}
            detail={error?.message ?? ''}
            onAgain={() => void run(asked)}
            onKeepForSession={() => void run(asked, true)}
          />
        )
      }
      footer={
        <>
          <Button className="push" disabled={busy !== null} onClick={() => void run('test')}>
            {busy === 'test' ? 'Testing…' : 'Test connection'}
          </Button>
          <Button onClick={cancel}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={busy !== null}>
            Save
          </Button>
        </>
      }
    >
      <div className="field-grid">
        <TextField
          label="Name"
          value={form.name}
          onValue={(name) => change({ name })}
          problem={problem('name')}
          placeholder="For example the organisation"
          maxLength={80}
        />
        <SelectField
          label="Provider"
          hint={preset.hint}
          options={providerPresets.map((each) => ({ value: each.id, label: each.label }))}
          value={form.provider}
          onValue={(provider) => setForm(withProvider(form, provider))}
        />
      </div>
      <div className="field-grid">
        <TextField
          label="Region"
          value={form.region}
          onValue={(region) => change({ region })}
          suggestions={preset.regions}
          problem={problem('region')}
        />
        {needsAccount(form) ? (
          <TextField
            label="Account ID"
            value={form.account}
            onValue={(account) => change({ account })}
            problem={problem('account')}
          />
        ) : (
          <ColourField form={form} onForm={setForm} />
        )}
      </div>
      <TextField
        label="Endpoint"
        value={form.typedEndpoint ?? (accountMissing ? '' : endpointOf(form))}
        onValue={(typedEndpoint) => change({ typedEndpoint })}
        problem={problem('endpoint')}
        placeholder={
          form.provider === 'aws'
            ? 'Chosen by the region'
            : accountMissing
              ? (preset.endpointPattern ?? '')
              : 'https://s3.example.org'
        }
        hint={
          form.provider === 'aws' && endpointOf(form) === ''
            ? 'Leave it empty: AWS has one for every region.'
            : ''
        }
      />
      {host === null ? null : (
        <Note kind="warning" title="This connection would not be encrypted">
          <p>Anybody on the way can read your files and links. To use it nevertheless, type the host name.</p>
          <TextField
            label="Host name"
            value={form.consent}
            onValue={(consent) => change({ consent })}
            problem={problem('consent')}
            placeholder={host}
          />
        </Note>
      )}
      {saved !== null && isKeychainState(saved.credentialState) && error === null ? (
        <KeychainNote state={saved.credentialState} onAgain={() => void store.getState().load()} />
      ) : null}
      {ownsKeys ? (
        hasKeys && !replacing ? (
          <div className="row">
            <span className="grow">
              Keys: <span className="mono">{saved?.accessKeyHint ?? 'saved'}</span>
              <br />
              <span className="small">{saved === null ? '' : credentialSourceText(saved)}</span>
            </span>
            <Button onClick={() => setReplacing(true)}>Replace keys</Button>
          </div>
        ) : (
          <SecretFields inputs={secret} />
        )
      ) : (
        <Note kind="info">{saved === null ? '' : credentialSourceText(saved)}</Note>
      )}
      {isR2(form) ? <CloudflareField profileId={savedId} input={cloudflareToken} /> : null}
      {saved?.credentialState === 'inert' ? <CommandConsent profile={saved} /> : null}
      {needsAccount(form) ? <ColourField form={form} onForm={setForm} /> : null}
      <details ref={advanced}>
        <summary>Advanced</summary>
        <div className="stack details-body">
          <div className="field-grid">
            <SelectField
              label="Addressing"
              hint="How a bucket is named in a URL."
              options={[
                { value: 'virtual', label: 'bucket.host/key' },
                { value: 'path', label: 'host/bucket/key' },
              ]}
              value={form.addressing}
              onValue={(addressing) => change({ addressing })}
            />
            <SelectField
              label="Checksums"
              hint="Many services other than AWS reject extra checksums."
              options={[
                { value: 'when-supported', label: 'Always' },
                { value: 'when-required', label: 'Only when required' },
              ]}
              value={form.checksums}
              onValue={(checksums) => change({ checksums })}
            />
          </div>
          <SelectField
            label="Requests"
            hint="Change it only for a service that refuses Pail’s own requests."
            options={[
              { value: 'wire', label: 'Pail’s own: fast' },
              { value: 'sdk', label: 'Through the AWS SDK: slower' },
            ]}
            value={form.transport}
            onValue={(transport) => change({ transport })}
          />
          <ProxyFields
            form={form}
            saved={saved}
            problem={problem}
            password={proxyPassword}
            onChange={change}
          />
          <Field
            label="Certificate authority"
            problem={problem('certificateAuthority')}
            hint="For a server whose certificate your organisation signs itself: the authority’s certificate, in PEM."
          >
            {(ids) => (
              <textarea
                {...ids}
                className="input mono"
                rows={3}
                spellCheck={false}
                autoComplete="off"
                maxLength={longestAuthority}
                placeholder="-----BEGIN CERTIFICATE-----"
                value={form.certificateAuthority}
                onChange={(event) => change({ certificateAuthority: event.target.value })}
              />
            )}
          </Field>
        </div>
      </details>
      {report === null ? null : <ConnectionLines report={report} />}
    </Dialog>
  )
}

function ColourField({ form, onForm }: { form: ProfileForm; onForm: (form: ProfileForm) => void }) {
  return (
    <div className="field">
      <span className="field-label" id="profile-colour">
        Colour
      </span>
      <RadioGroup
        className="colour-choices"
        aria-labelledby="profile-colour"
        value={form.colour}
        onValueChange={(value) => {
          const colour = profileColours.find((each) => each === value)
          if (colour !== undefined) onForm({ ...form, colour })
        }}
      >
        {profileColours.map((colour) => (
          <Radio.Root key={colour} value={colour} className="colour-choice" aria-label={colour}>
            <ColourDot colour={colour} />
          </Radio.Root>
        ))}
      </RadioGroup>
    </div>
  )
}

function isKeychainState(state: Profile['credentialState']): state is 'locked' | 'unavailable' | 'timeout' {
  return state === 'locked' || state === 'unavailable' || state === 'timeout'
}
