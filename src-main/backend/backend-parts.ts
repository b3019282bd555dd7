import type { Api } from '../../src-preload/contract/api.ts'
import type { AppInfo } from '../../src-preload/contract/app-info.ts'
import type { ProfileProxy } from '../../src-preload/contract/profile.ts'
import type { FolderPurpose, LocalPath } from '../../src-preload/contract/selection.ts'
import type { CloudflareService } from '../cloudflare/cloudflare-service.ts'
import type { Keychain } from '../keychain/keychain.ts'
import type { Log } from '../logging/log.ts'
import type { FetchPictureOptions } from '../pictures/fetch-picture.ts'

/** The clipboard of the host. */
export interface Clipboard {
  /** Puts plain text on the clipboard; rejects when the system refuses. */
  writeText(text: string): Promise<void>
}

/** The system's dialogs, or what the host has in their place. */
export interface Dialogs {
  /** Absolute paths; null when the person cancels. */
  chooseFiles(kind: 'files' | 'folder'): Promise<string[] | null>
  /** An absolute path; null when the person cancels. */
  chooseFolder(purpose: FolderPurpose): Promise<string | null>
  /**
   * Asks whether a command may run in a folder (an absolute path), in a dialog that no page can draw or press; the
   * button that is chosen by default is Cancel.
   */
  confirmCommand(command: string, folder: string): Promise<boolean>
}

/**
 * A profile that lasts as long as the host: the command line's, from its options and its environment. The backend
 * serves it under the id {@link environmentProfileId} and never writes any of it.
 */
export interface EnvironmentProfile {
  readonly name: string
  readonly region: string
  /** Null lets the region decide (AWS). */
  readonly endpoint: string | null
  readonly addressing: 'virtual' | 'path'
  readonly checksums: 'when-supported' | 'when-required'
  /** The host name of an http endpoint off loopback that was allowed with `--allow-http`; else null (S28). */
  readonly insecureConsent: string | null
  /** As in a saved profile. */
  readonly transport?: 'wire' | 'sdk'
  readonly certificateAuthority?: string
  readonly proxy?: ProfileProxy
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken: string | null
  }
}

/** The id of {@link EnvironmentProfile}. */
export const environmentProfileId = 'environment'

/** What a host gives the backend: the differences between Electron, a browser and the command line. */
export interface BackendParts {
  readonly userDataDirectory: string
  /** Where is kept what syncs know of files, if not there: the command line shares that of the application. */
  readonly syncIndexDirectory?: string
  /** Where the records of syncs are kept, if not there: the command line shares those of the application, too. */
  readonly syncReleasesDirectory?: string
  /** Where is kept what buckets were before a change of their settings; shared like the records of syncs. */
  readonly changesDirectory?: string
  /** Where running syncs are told of, if not there: the application and the command line keep out of each other's way. */
  readonly syncLocksDirectory?: string
  /** Where is kept what syncs have put where, if not there: the command line shares that of the application, too. */
  readonly syncStateDirectory?: string
  /** Where is kept which uploads in parts were begun, if not there: the command line shares that of the application, too. */
  readonly begunUploadsDirectory?: string
  /** Where is kept which links were given out, if not there: the command line shares that of the application, too. */
  readonly linksDirectory?: string
  /**
   * Where saved imports are left, for a host whose settings are a copy: the command line. The application takes them in
   * at its start.
   */
  readonly importsDirectory?: string
  /** Where is kept what is being transferred, if not there: the command line shares the folder, each with a file of its own. */
  readonly transfersDirectory?: string
  readonly host: 'electron' | 'browser' | 'cli'
  readonly version: string
  readonly platform: AppInfo['platform']
  /** Holds `sample-site/`. */
  readonly resourcesDirectory: string
  /** Null on the command line, which prints its links. */
  readonly clipboard: Clipboard | null
  /** Opens a `mailto:` URL of `contract/mailto.ts` in the system's mail program; absent where there is no system to ask. */
  readonly openMail?: (url: string) => Promise<void>
  /** Null where folders are typed. */
  readonly dialogs: Dialogs | null
  readonly log: Log
  /** In place of the system's own, for tests. */
  readonly keychain?: Keychain
  /** Where CloudFront is and how often it is asked, for tests. */
  readonly cloudFront?: { readonly endpoint: string; readonly pollMs?: number }
  /** Where Cloudflare's API is and what it is about, for tests. */
  readonly cloudflare?: CloudflareService
  /** How pictures are fetched from addresses, for tests. */
  readonly pictureFetch?: FetchPictureOptions
  /** `AWS_*` as they were before they were scrubbed; only the places of the two `~/.aws` files are read from them. */
  readonly scrubbedVariables?: Readonly<Record<string, string>>
  /** The system's proxies: the answer of its settings for a URL, as a PAC script gives it. */
  readonly resolveProxy?: (url: string) => Promise<string>
  /** `HTTPS_PROXY` and its like, for a host whose system has no other word for it; absent where none is set. */
  readonly proxyVariables?: Readonly<Record<string, string>> | undefined
  /** In place of every profile's own proxy: the command line's `--proxy`. */
  readonly proxy?: ProfileProxy | undefined
  /** The command line's own profile. */
  readonly environmentProfile?: EnvironmentProfile
}

/** A running backend. */
export interface Backend {
  readonly api: Api<LocalPath>
  /** Stops transfers and servers and waits until what must be on disk is on disk. */
  close(): Promise<void>
}
