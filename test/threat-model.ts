/** A boundary that something hostile may try to cross, and the tests that hold it, by the line of each. */
export interface Boundary {
  readonly between: string
  readonly threat: string
  /** Lines of the security checklist, each with one test file of those that hold it, below `test/`. */
  readonly heldBy: Readonly<Record<`S${number}`, string>>
}

/**
 * The threat model. Pail holds keys to a bucket, shows what strangers have put there, and writes to disks and sites. It
 * trusts the operating system, its user, the keychain and the TLS authorities; nothing else. What it cannot hold: other
 * programs of the same user, who can read what that user can, and a provider who lies about the bytes it has.
 */
export const threatModel: readonly Boundary[] = [
  {
    between: 'the page and its window',
    threat:
      'Script in a page, by a hole in Chromium or in ours, wants Node, another page, a device or the network.',
    heldBy: {
      S1: 'electron/window.test.ts',
      S2: 'electron/start.test.ts',
      S3: 'electron/permissions.test.ts',
      S4: 'electron/navigation.test.ts',
      S5: 'electron/app-protocol.test.ts',
      S6: 'app/electron-fences.spec.ts',
      S7: 'architecture.test.ts',
      S11: 'electron/permissions.test.ts',
      S56: 'electron/electron-settings.test.ts',
    },
  },
  {
    between: 'the page and the main process',
    threat:
      'A page that was taken over calls what it may not, sends what does not fit, names files, or floods.',
    heldBy: {
      S12: 'electron/register-ipc.test.ts',
      S13: 'backend/dispatch.test.ts',
      S14: 'preload/preload.test.ts',
      S15: 'backend/folders.test.ts',
      S16: 'app/secrets.spec.ts',
      S17: 'app/secrets.spec.ts',
      S18: 'backend/dispatch.test.ts',
    },
  },
  {
    between: 'secrets and every file, log and message',
    threat: 'A key, a token or a signed link is left where somebody else finds it.',
    heldBy: {
      S19: 'profiles/profile-store.test.ts',
      S20: 'keychain/keytar-keychain.keyring.test.ts',
      S21: 'profiles/profile-store.test.ts',
      S22: 'profiles/profile-store.test.ts',
      S23: 'settings/import-inbox.test.ts',
      S24: 'logging/file-log.test.ts',
      S25: 'logging/redact.test.ts',
      S26: 'logging/file-log.test.ts',
      S41: 'links/ledger.test.ts',
      S42: 'electron/system-parts.test.ts',
      S55: 'secret-scan.test.ts',
    },
  },
  {
    between: 'Pail and the service',
    threat:
      'An address leads elsewhere, a certificate is another’s, the environment or a file of settings steers requests.',
    heldBy: {
      S8: 'backend/environment.test.ts',
      S27: 's3/create-s3-session.test.ts',
      S28: 'profiles/endpoint-rules.test.ts',
      S29: 's3/address-policy.test.ts',
      S30: 's3/create-s3-session.test.ts',
      S31: 'profiles/aws-config.test.ts',
      S32: 'backend/way-to-service.test.ts',
      S38: 's3/operations.test.ts',
    },
  },
  {
    between: 'objects of strangers and this computer',
    threat: 'A key is a path, a name deceives, a file runs, a picture is a bomb, a text is a script.',
    heldBy: {
      S33: 'transfers/safe-local-path.test.ts',
      S34: 's3/target-folder.test.ts',
      S35: 's3/target-folder.test.ts',
      S36: 'renderer/text/visible-name.test.ts',
      S37: 'app/hostile-keys.spec.ts',
      S39: 'backend/picture-handlers.test.ts',
      S40: 'backend/picture-handlers.test.ts',
      S43: 'electron/mail.test.ts',
    },
  },
  {
    between: 'the person’s wish and the bucket',
    threat: 'More becomes public, is overwritten or is removed than was meant.',
    heldBy: {
      S44: 'visibility/policy-edit.test.ts',
      S45: 'visibility/probe.test.ts',
      S46: 'sync/delete-limit.test.ts',
      S47: 'releases/undo.test.ts',
      S48: 'sync/sync.test.ts',
      S49: 'sync/sync-faults.test.ts',
    },
  },
  {
    between: 'a folder and what is published of it',
    threat: 'A link leads out of it, a file with secrets lies in it, a file changes while it is read.',
    heldBy: {
      S50: 'sync/ignore-files.test.ts',
      S51: 'sync/ignore-files.test.ts',
      S52: 's3/upload-file.test.ts',
    },
  },
  {
    between: 'what others make and what we ship',
    threat:
      'A package is exchanged, code reaches into another room, a package of Pail can be made to run something else.',
    heldBy: {
      S9: 'electron/system-parts.test.ts',
      S10: 'packaging/packaged-app.test.ts',
      S53: 'dependencies.test.ts',
      S54: 'architecture.test.ts',
      S57: 'packaging/packaging-config.test.ts',
      S58: 'threat-model.test.ts',
    },
  },
]
