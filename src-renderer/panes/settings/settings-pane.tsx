import { linkExpiryChoices } from '../../../src-preload/contract/link-expiry.ts'
import { Button } from '../../components/button.tsx'
import { SelectField } from '../../components/choice-fields.tsx'
import { Note } from '../../components/note.tsx'
import { PaneHeader } from '../../components/pane-header.tsx'
import { expiryLabel } from '../../text/link-text.ts'
import { keychainText } from '../../text/profile-text.ts'
import { useFrom, useWindow } from '../window-context.ts'
import './settings.css'

/** What holds for the whole application. */
export function SettingsPane() {
  const { stores, commands } = useWindow()
  const info = useFrom(
    (all) => all.app,
    (state) => state.info,
  )
  if (info === null) return null
  const { preferences, keychain } = info
  const expiries = linkExpiryChoices.map((choice) => ({ value: String(choice.seconds), label: choice.label }))
  const expiry = String(preferences.linkExpirySeconds)
  const text = keychainText(keychain.state)
  const set = (change: Partial<typeof preferences>) =>
    void stores.app.getState().setPreferences(change).then(commands.fail)
  return (
    <>
      <PaneHeader>
        <h1>Settings</h1>
      </PaneHeader>
      <div className="settings">
        <div className="settings-column">
          <SelectField
            label="Theme"
            options={[
              { value: 'system', label: 'As the system' },
              { value: 'light', label: 'Light' },
              { value: 'dark', label: 'Dark' },
            ]}
            value={preferences.theme}
            onValue={(theme) => set({ theme })}
          />
          <SelectField
            label="Copied links work for"
            hint="The last choice in the menu beside “Copy link”."
            options={
              expiries.some((each) => each.value === expiry)
                ? expiries
                : [...expiries, { value: expiry, label: expiryLabel(preferences.linkExpirySeconds) }]
            }
            value={expiry}
            onValue={(value) => set({ linkExpirySeconds: Number(value) })}
          />
          <section className="stack" aria-label="Keychain">
            <h2>Keychain</h2>
            <Note
              kind={keychain.state === 'ok' ? 'ok' : 'warning'}
              title={text.title}
              actions={
                keychain.state === 'ok' ? undefined : (
                  <Button onClick={() => void stores.app.getState().probeKeychain().then(commands.fail)}>
                    Check again
                  </Button>
                )
              }
            >
              <p>{text.body}</p>
              {keychain.detail === '' ? null : <p className="note-print">{keychain.detail}</p>}
            </Note>
          </section>
          <div className="row">
            <span className="grow muted">Pail {info.version}</span>
            <Button onClick={() => stores.view.getState().openDialog({ kind: 'shortcuts' })}>
              Keyboard shortcuts
            </Button>
          </div>
        </div>
      </div>
    </>
  )
}
