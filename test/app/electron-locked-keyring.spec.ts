import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { expect } from 'playwright/test'
import { defaultSettings, type Settings } from '../../src-main/settings/settings.ts'
import { type Host, projectRoot, startElectron, test } from './host.ts'
import * as profiles from './profile-steps.ts'
import { canary, startService } from './service.ts'
import * as window from './window-steps.ts'

const needed = ['gnome-keyring-daemon', 'dbus-run-session', 'gdbus']
const absent = needed.filter(
  (program) =>
    !(process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program))),
)

/** Settings as an earlier start left them, with a profile whose keys went to the keyring. */
function settingsWith(endpoint: string): Settings {
  return {
    ...defaultSettings,
    profiles: [
      {
        id: 'kept-in-the-keyring',
        name: 'Saved before',
        colour: 'green',
        provider: 'other',
        endpoint,
        region: 'us-east-1',
        addressing: 'path',
        checksums: 'when-required',
        bucketNames: [],
        insecureConsent: null,
        credentialSource: { type: 'keychain' },
        accessKeyHint: 'AKIA…0001',
      },
    ],
  }
}

/** Starts the application with a keyring of its own, whatever the run has. */
async function startWithKeyring(
  kind: 'locked' | 'silent',
  workFolder: string,
  settings: Settings,
): Promise<Host> {
  const userData = join(workFolder, 'user-data')
  await mkdir(userData)
  await writeFile(join(userData, 'settings.json'), JSON.stringify(settings))
  const executable = join(workFolder, 'electron-with-keyring')
  const keyring = join(projectRoot, 'test/keyring.sh')
  await writeFile(
    executable,
    `#!/bin/sh\nexec '${keyring}' ${kind} '${process.env['PAIL_ELECTRON']}' "$@"\n`,
    {
      mode: 0o755,
    },
  )
  return startElectron(userData, { executable })
}

test.beforeEach(() => {
  test.skip(!process.env['PAIL_ELECTRON'], 'needs Electron')
  test.skip(process.platform !== 'linux', 'needs a Linux keyring')
  test.skip(absent.length > 0, `needs ${absent.join(', ')}`)
})

test('S20 F41 a locked keyring is not a missing one: it says so, and nothing is lost', async ({
  workFolder,
}) => {
  const service = await startService(join(workFolder, 'service'))
  await service.createBucket('website')
  await service.put('website', 'index.html', 'index')
  const host = await startWithKeyring('locked', workFolder, settingsWith(service.endpoint))
  const settingsPath = join(host.userData, 'settings.json')
  const { page } = host
  const saved = async () => (JSON.parse(await readFile(settingsPath, 'utf8')) as Settings).profiles
  try {
    await expect(profiles.profileButton(page, 'Saved before')).toBeVisible()
    const badge = page.getByRole('button', { name: 'Keychain locked' })
    await expect(badge).toBeVisible()

    await test.step('the window says what is the matter and what helps', async () => {
      const note = page.getByRole('main').getByRole('alert')
      await expect(note).toContainText('The keychain is locked.')
      await expect(note).toContainText('Unlock the keychain')
    })

    await test.step('deleting is refused while the keys cannot be deleted with it', async () => {
      await profiles.chooseInProfileMenu(page, 'Delete profile…')
      const question = page.getByRole('dialog', { name: 'Delete the profile Saved before?' })
      await question.getByRole('button', { name: 'Delete profile' }).click()
      await expect(question.getByRole('alert')).toContainText('The keychain is locked.')
      await question.getByRole('button', { name: 'Cancel' }).click()
      expect(await saved()).toHaveLength(1)
    })

    await test.step('checked again it is still locked; the session is a way out that is said', async () => {
      await badge.click()
      const dialog = page.getByRole('dialog', { name: 'Edit profile' })
      const note = dialog.getByRole('status').filter({ hasText: 'The keychain is locked' })
      await expect(note).toContainText('Your saved secrets are safe and untouched.')
      await note.getByRole('button', { name: 'Check again' }).click()
      await expect(note).toBeVisible()
      await expect(dialog.getByText('AKIA…0001')).toBeVisible()
      await dialog.getByRole('button', { name: 'Replace keys' }).click()
      await dialog.getByLabel('Access key ID').fill(canary.accessKeyId)
      await dialog.getByLabel('Secret access key').fill(canary.secretAccessKey)
      await dialog.getByRole('button', { name: 'Save' }).click()
      await dialog.getByRole('button', { name: 'Keep for this session' }).click()
      await expect(dialog).toBeHidden()
      await expect(page.getByRole('button', { name: 'This session only' })).toBeVisible()
      await window.openBucket(page, 'website')
      await expect(window.row(page, 'index.html')).toBeVisible()
    })
    expect(await saved()).toEqual(settingsWith(service.endpoint).profiles)
    expect(host.complaints).toEqual([])
  } finally {
    await host.close()
    await service.close()
  }
})

test('F41 a keychain that waits for an answer does not keep Pail from ending', async ({ workFolder }) => {
  const host = await startWithKeyring('silent', workFolder, settingsWith('http://127.0.0.1:9'))
  // The question is on its way once the window asks for its profiles.
  await host.page.evaluate(() => void globalThis.window.api.listProfiles({}))
  await host.page.waitForTimeout(500)
  const process = host.electron!.process()
  const ended = new Promise((done) => process.once('exit', done))
  const startedAt = Date.now()
  await host.close()
  await ended
  expect(Date.now() - startedAt).toBeLessThan(10_000)
})
