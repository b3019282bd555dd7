import type { AppInfo, Preferences } from './app-info.ts'
import type { BucketAccess } from './bucket-access.ts'
import type { BucketAccessChoice, BucketList, Bucket } from './bucket.ts'
import type { BucketSetup, SetupInput, SetupOutcome, SetupPlan, SetupUndo } from './bucket-setup.ts'
import type { Destination, DestinationInput, OnConflict } from './destination.ts'
import type { DjangoAccess, DjangoExport, DjangoForm, DjangoProject, DjangoSave } from './django.ts'
import type { Invalidation, InvalidationPlan } from './invalidation.ts'
import type { DeleteOutcome, DeletePlan, ObjectDetails, ObjectPage } from './object.ts'
import type { LinkFormat, Naming } from './naming.ts'
import type { LeakScan } from './leak-scan.ts'
import type { Picture, PixelSize, StripMetadata } from './picture.ts'
import type { Arrival, CopiedLinks, CreatedLink, LinkFilter, LinkList } from './presigned-url.ts'
import type {
  AwsProfile,
  ConnectionReport,
  CredentialState,
  KeychainState,
  Profile,
  ProfileInput,
} from './profile.ts'
import type { Receipt } from './receipt.ts'
import type { Release } from './release.ts'
import type { Result } from './result.ts'
import type { LeftCopy, LeftCopyOutcome, RevocationOutcome, RevocationPlan } from './revocation.ts'
import type { CommandOutcome, CommandOutput, RunBeforeState } from './run-before.ts'
import type { ChosenFolder, FetchedSelection, FolderPurpose, Selection } from './selection.ts'
import type {
  PlanRowFilter,
  SyncOptions,
  SyncOutcome,
  SyncPlan,
  SyncProgress,
  SyncRowDetails,
  SyncRowPage,
} from './sync-plan.ts'
import type {
  LifecycleOutcome,
  LifecyclePlan,
  SweepChoice,
  SweepOutcome,
  SweepPlan,
  SweepRowPage,
} from './sweep.ts'
import type { UploadPlan } from './upload-plan.ts'
import type { UploadRequest } from './upload-request.ts'
import type { WantedSize } from './upload-size.ts'
import type { TransferSnapshot, UnfinishedTransfer, UploadReport } from './transfer.ts'
import type { UndoOutcome, UndoPlan, UndoRowPage } from './undo.ts'
import type { VisibilityCheck, WantedVisibility } from './visibility.ts'
import type {
  VisibilityChange,
  VisibilityOutcome,
  VisibilityPlan,
  VisibilityUndoPlan,
} from './visibility-plan.ts'
import type { CheckScope, VisibilityAnswers, VisibilityReport } from './visibility-report.ts'
import type { Watch } from './watch.ts'

/** Nothing to say, or nothing to answer. */
export type Nothing = Record<string, never>

/** A bucket, reached with a profile. */
export interface BucketRef {
  readonly profileId: string
  readonly bucket: string
}

/** An object, reached with a profile. */
export interface ObjectRef extends BucketRef {
  readonly key: string
}

type Call<Input, Output> = (input: Input) => Promise<Result<Output>>
type Subscribe<Event> = (listener: (event: Event) => void) => () => void

/**
 * Everything that a window can ask of the main process, written once. `Source` is a dropped file: a `File` in the
 * window, a `LocalPath` in the backend; the preload turns the one into the other.
 * Methods never reject. Identifiers (profile, selection, folder, plan) are opaque and made by the main process.
 */
export interface Api<Source> {
  // the application
  getAppInfo: Call<Nothing, AppInfo>
  setPreferences: Call<Partial<Preferences>, Preferences>
  /** Asks the keychain again, after the person has unlocked it. */
  probeKeychain: Call<Nothing, KeychainState>
  copyText: Call<{ text: string }, Nothing>
  /** Opens a new letter, without a recipient, in the system's mail program. `not-supported` where the host has none. */
  composeMail: Call<{ subject: string; body: string }, Nothing>

  // profiles
  listProfiles: Call<Nothing, Profile[]>
  createProfile: Call<{ profile: ProfileInput }, Profile>
  updateProfile: Call<{ profileId: string; profile: ProfileInput }, Profile>
  duplicateProfile: Call<{ profileId: string }, Profile>
  /** Removes the profile, its destinations' settings and its keychain items. */
  deleteProfile: Call<{ profileId: string }, Nothing>
  /** The only way in for a secret (S17). With `keepForSession`, memory only: for when there is no keychain. */
  setProfileSecret: Call<
    {
      profileId: string
      accessKeyId: string
      secretAccessKey: string
      sessionToken: string | null
      keepForSession: boolean
    },
    Profile
  >
  /** The other way in for a secret: the password of the user that the profile's proxy has. */
  setProxyPassword: Call<{ profileId: string; password: string; keepForSession: boolean }, Profile>
  testConnection: Call<{ profileId: string }, ConnectionReport>
  listAwsProfiles: Call<Nothing, AwsProfile[]>
  /** Uses an entry of `~/.aws` without copying anything out of it. */
  addAwsProfile: Call<{ name: string }, Profile>
  /** Consent to one exact `credential_process` command, as it was shown (S31). */
  allowCommand: Call<{ profileId: string; command: string }, Profile>

  // the playground
  /** Starts the local server if needed; answers its profile and the sample site's folder. */
  startPlayground: Call<Nothing, { profile: Profile; sampleSite: ChosenFolder }>

  // buckets
  listBuckets: Call<{ profileId: string }, BucketList>
  createBucket: Call<BucketRef & { region: string; access: BucketAccessChoice }, Bucket>
  /**
   * Every call that would make a bucket for a site, with what is sent. Makes none. `invalid-bucket-name`,
   * `bucket-owned-by-you`. With `existing`, the calls that a bucket which is there lacks: `no-such-bucket`, and
   * `safety-refused`, `not-allowed` or `public-access-blocked` where more would be opened, or less, than was asked for.
   */
  planBucketSetup: Call<{ profileId: string } & SetupInput, SetupPlan>
  /**
   * Makes the calls of a plan, once, until one fails; `cancelSync` ends it. What was made can be undone. `safety-refused`
   * when it makes other objects public than so many (`opens` of the plan).
   */
  applyBucketSetup: Call<{ planId: string; confirmedPublic?: number | undefined }, SetupOutcome>
  /** The set-ups of a bucket from this computer that can be undone, newest first. */
  listBucketSetups: Call<BucketRef, BucketSetup[]>
  /**
   * Takes back what a set-up made, the last call first, also after a restart; what somebody has changed since stays, and
   * the bucket unless it is empty. `profileId` is for a bucket that another profile reaches now. `safety-refused` when it
   * makes other objects public again than so many (`opens`).
   */
  undoBucketSetup: Call<
    { setupId: string; profileId?: string | undefined; confirmedPublic?: number | undefined },
    SetupUndo
  >
  /** Deletes an empty bucket. */
  deleteBucket: Call<BucketRef, Nothing>
  addBucketName: Call<BucketRef, Bucket>
  removeBucketName: Call<BucketRef, Nothing>
  /** Reads who may read what in a bucket, and says what public and private can mean there. Changes nothing. */
  getBucketAccess: Call<BucketRef, BucketAccess>

  // objects
  listObjects: Call<
    BucketRef & { prefix: string; recursive: boolean; continuationToken: string | null },
    ObjectPage
  >
  getObjectDetails: Call<ObjectRef, ObjectDetails>
  /**
   * Asks, without a signature, for the very URL that would be handed out: through the base URL of the destination that the
   * object is in, if it has one. What the bucket's own host gives to everybody is public all the same.
   */
  /** A raster picture of at most 1 MiB, to be shown small; null for everything else. */
  getPicture: Call<ObjectRef, Picture | null>
  /** The sizes of pictures in pixels, in the order of the keys; null for what is none or could not be read. */
  measurePictures: Call<BucketRef & { keys: string[] }, { sizes: (PixelSize | null)[] }>
  checkVisibility: Call<ObjectRef, VisibilityCheck>
  /**
   * What this bucket needs so that objects, or everything below prefixes, are public or private. Changes nothing. A prefix
   * is any beginning of keys; empty, it is the whole bucket. Where the service opens and shuts a bucket only as a whole, the
   * plan is about all of it; `customDomains` are those of its addresses that are to be switched off, too.
   */
  planVisibility: Call<
    BucketRef & {
      keys: string[]
      prefixes: string[]
      visibility: WantedVisibility
      customDomains?: string[] | undefined
    },
    VisibilityPlan
  >
  /**
   * Does what was planned, once, and asks without a signature what came of it. `confirmedObjects` is the number of objects
   * that the person saw; it must equal the plan's. `precondition-failed` when somebody has changed the policy since.
   */
  applyVisibility: Call<{ planId: string; confirmedObjects: number }, VisibilityOutcome>
  /**
   * Puts back the ACLs and the policy that were there before, once, and asks again; also after a restart. `profileId` is
   * for a bucket that another profile reaches now. `precondition-failed` when somebody has changed the policy since.
   * `confirmedPublic` is the number of objects that the person saw becoming public, as `planUndoVisibility` counts them;
   * without it nothing is opened: `safety-refused`, also when it is another number by now (S44).
   */
  undoVisibility: Call<
    { planId: string; profileId?: string | undefined; confirmedPublic?: number | undefined },
    VisibilityOutcome
  >
  /** What undoing a change would open to everybody. Changes nothing. */
  planUndoVisibility: Call<{ planId: string; profileId?: string | undefined }, VisibilityUndoPlan>
  /** The changes of a bucket from this computer that can be taken back, newest first, at most 50. */
  listVisibilityChanges: Call<BucketRef, VisibilityChange[]>
  /**
   * Starts to ask without a signature for every object below a prefix, or for a sample of very many; `onLeakScan` tells how
   * far it is and what it has found. `too-many` while three run.
   */
  startLeakScan: Call<BucketRef & { prefix: string }, LeakScan>
  /** Stops a scan and waits for its end; nothing for one that has ended. */
  cancelLeakScan: Call<{ scanId: string }, Nothing>
  /** Those that run, and the last ones that have ended. */
  listLeakScans: Call<Nothing, LeakScan[]>
  createFolder: Call<BucketRef & { prefix: string }, Nothing>
  /**
   * Server-side copy, then delete. Never overwrites: `already-exists`. `safety-refused` when everybody can read it at the
   * new key only, and that is not confirmed.
   */
  renameObject: Call<ObjectRef & { newKey: string; confirmedPublic?: boolean | undefined }, Nothing>
  planDelete: Call<BucketRef & { keys: string[]; prefixes: string[] }, DeletePlan>
  applyDelete: Call<{ planId: string }, DeleteOutcome>

  // local files
  /** Turns dropped files into a selection. */
  registerDrop: Call<{ sources: Source[] }, Selection>
  /** Turns bytes without a file, as a picture of the clipboard, into a selection; in base64, together at most 32 MiB. */
  registerPaste: Call<{ files: { name: string; base64: string }[] }, Selection>
  /**
   * Fetches a raster picture from an address (http, https or data) that a person dropped on the window, as a file that can
   * be uploaded like others. `picture-not-fetched` says why it was not.
   */
  fetchPicture: Call<{ address: string }, FetchedSelection>
  /** The system's dialog; null when the person cancels. */
  chooseFiles: Call<{ kind: 'files' | 'folder' }, Selection | null>
  /** The system's dialog, or a typed path where there is none (browser host); null when the person cancels. */
  chooseFolder: Call<{ purpose: FolderPurpose; typedPath: string | null }, ChosenFolder | null>

  // transfers
  /** Which of the keys that a selection would be uploaded to are there already. */
  findConflicts: Call<
    BucketRef & {
      prefix: string
      selectionId: string
      naming?: Naming | undefined
      /** Whether the upload would have metadata removed: a key of the bytes is then another one. */
      stripMetadata?: boolean | undefined
    },
    { keys: string[]; total: number }
  >
  /**
   * The keys that a selection would get and what is wrong with them, before anything is sent. With `lookForExisting` it
   * is asked which of them are there already.
   */
  planUpload: Call<
    BucketRef & {
      prefix: string
      selectionId: string
      naming: Naming
      leaveOutEmpty: boolean
      lookForExisting: boolean
      /** Whether the upload would have metadata removed: then it is looked at what the files are. */
      stripMetadata?: boolean | undefined
      /** The object that a selection of one file would take the place of: there is nothing to say of its key then. */
      replaceKey?: string | undefined
    },
    UploadPlan
  >
  startUpload: Call<
    BucketRef & {
      prefix: string
      selectionId: string
      visibility: WantedVisibility
      onConflict: OnConflict
      cacheControl: string | null
      /** Where the copied link points (a destination's base URL), and for how long when it is private. */
      baseUrl: string | null
      linkExpirySeconds: number
      /** Files keep their names without it. */
      naming?: Naming | undefined
      /** Whether a file whose very bytes are at its key already is not sent again. */
      reuseIdentical?: boolean | undefined
      linkFormat?: LinkFormat | undefined
      /** Whether metadata of pictures are removed from what everybody can read; never from a private upload. */
      stripMetadata?: StripMetadata | undefined
      /** Whether files without a byte stay out. */
      leaveOutEmpty?: boolean | undefined
      /** The object that a selection of one file takes the place of, whatever the file is called. */
      replaceKey?: string | undefined
    },
    { batchId: string; transfers: number }
  >
  /** With `as`, which is for the command line only, of one key: under this name (null: the key's), or not at all; and whether a later start may go on with it. */
  startDownload: Call<
    BucketRef & {
      keys: string[]
      prefixes: string[]
      folderId: string
      as?: { fileName: string | null; onTaken: 'fail' | 'replace'; isKept: boolean } | undefined
    },
    { batchId: string; transfers: number }
  >
  listTransfers: Call<Nothing, TransferSnapshot>
  cancelTransfers: Call<{ ids: string[] | 'all' }, Nothing>
  retryTransfers: Call<{ ids: string[] | 'failed' }, Nothing>
  /** With `keepsRetryable`, what failed and may be tried again by a later start stays on the list that is kept on disk. */
  clearTransfers: Call<{ keepsRetryable?: boolean | undefined }, Nothing>
  pauseTransfers: Call<{ ids: string[] | 'all' }, Nothing>
  resumeTransfers: Call<{ ids: string[] | 'all' }, Nothing>
  /** Puts waiting transfers before all others that wait, in this order. */
  moveTransfersFirst: Call<{ ids: string[] }, Nothing>
  /**
   * What is kept of all transfers of this computer that have not ended, at most 10,000. `notices` say what of that could
   * not be read, which transfers are lost with it, and what to do.
   */
  listUnfinishedTransfers: Call<
    Nothing,
    { transfers: UnfinishedTransfer[]; total: number; notices: string[] }
  >
  /**
   * Goes on with the transfers of a profile that an earlier process has left unfinished; those of one that is running
   * are left to it. `notices` are as those of `listUnfinishedTransfers`.
   */
  resumeUnfinishedTransfers: Call<
    { profileId: string },
    { transfers: number; inUse: number; notices: string[] }
  >
  /** For all transfers together, at once; null for as fast as it goes. */
  setBandwidthLimit: Call<{ bytesPerSecond: number | null }, Nothing>

  // incomplete uploads
  /** Lists the multipart uploads that were begun and not completed, with sizes and owners; `cancelSync` ends it. Reads only. */
  planSweep: Call<BucketRef & { prefix: string; olderThanSeconds: number | null }, SweepPlan>
  listSweepRows: Call<{ planId: string; offset: number; limit: number }, SweepRowPage>
  /**
   * Aborts uploads of the plan. `confirmed` is the number that the person saw; it must equal that of the choice. Those
   * that a transfer wants are refused.
   */
  applySweep: Call<{ planId: string; choice: SweepChoice; confirmed: number }, SweepOutcome>
  /**
   * What the bucket's lifecycle configuration would be with a rule that aborts incomplete uploads after so many days, or,
   * for null, without it. All other rules stay.
   */
  planLifecycle: Call<BucketRef & { days: number | null }, LifecyclePlan>
  /** `precondition-failed` when the configuration was changed since the plan. */
  applyLifecycle: Call<{ planId: string }, LifecycleOutcome>

  // static sync
  planSync: Call<BucketRef & { prefix: string; folderId: string; options: SyncOptions }, SyncPlan>
  /** `search` keeps the rows whose key has this text in it, without regard to case. */
  listPlanRows: Call<
    {
      planId: string
      offset: number
      limit: number
      filter: PlanRowFilter
      search?: string | undefined
    },
    SyncRowPage
  >
  /** The headers of one key, as they are and as they will be. */
  describePlanRow: Call<{ planId: string; key: string }, SyncRowDetails>
  /**
   * `confirmedDeletes` is the number of deletions that the person saw and confirmed, `confirmedForeign` how many of them
   * are of objects that the place's syncs did not put there; both must equal the plan's, and so must `confirmedPublic`, the
   * number of existing objects that become public (0 unless it is given). What was sent, or has another ACL
   * by then, is asked for as `checks` says (everything, unless it is said), and compared with `expected`: who is to read
   * what no rule of the plan decides, which is the plan's visibility unless it is said, and null where nobody has said.
   */
  applySync: Call<
    {
      planId: string
      confirmedDeletes: number
      confirmedForeign: number
      confirmedPublic?: number | undefined
      checks?: CheckScope | undefined
      expected?: WantedVisibility | null | undefined
    },
    SyncOutcome
  >
  /** Also ends a receipt that is being made of the plan, with what has been asked so far. */
  cancelSync: Call<{ planId: string }, Nothing>
  /**
   * Looks at what an applied plan changed as a visitor would, without a signature. `stripPrefix`: the base URL serves
   * the prefix and not the whole bucket. `pageOrigin`: where the pages are that use the fonts. `expected` is, unless it
   * is said, `public` when the plan publishes or there is a base URL, else `private`.
   */
  createReceipt: Call<
    {
      planId: string
      baseUrl: string | null
      stripPrefix?: boolean | undefined
      pageOrigin?: string | null | undefined
      expected?: WantedVisibility | undefined
    },
    Receipt
  >
  /** The history of the syncs to a place from this computer, newest first, at most 100. */
  listReleases: Call<BucketRef & { prefix: string }, Release[]>
  /** Looks at what a sync of the history changed and at what is there now; `cancelSync` ends it. Reads only. */
  planUndo: Call<BucketRef & { prefix: string; releaseId: string }, UndoPlan>
  listUndoRows: Call<{ planId: string; offset: number; limit: number }, UndoRowPage>
  /**
   * `confirmedRemovals` is the number of removals that the person saw, and must equal the plan's; `confirmedPublic` that of
   * the objects that become public, which is looked up again: `safety-refused` where it differs, and is not 0. Progress is
   * a sync's.
   */
  applyUndo: Call<{ planId: string; confirmedRemovals: number; confirmedPublic?: number }, UndoOutcome>

  // watches
  /**
   * Publishes a folder now and whenever it changes, until it is stopped, its profile is deleted or Pail is closed. Each
   * round is a whole plan with the guards of a sync by hand; without `confirmDeletes` a plan that removes something is
   * not applied, and what others put there is never removed; nor is one that makes something in the bucket public. The command before a sync is not run. `safety-refused`
   * while another watch publishes to the place, above it or below it.
   */
  startWatch: Call<
    BucketRef & {
      prefix: string
      folderId: string
      options: SyncOptions
      confirmDeletes: boolean
      /** The destination that the options are of. The watch stops when they are others, or it is gone. */
      destinationId?: string | undefined
      /** As that of `applySync`. */
      expected?: WantedVisibility | null | undefined
    },
    Watch
  >
  /** Ends a watch and waits for the round that runs, which is cancelled. */
  stopWatch: Call<{ watchId: string }, Nothing>
  /** Those that have not ended. */
  listWatches: Call<Nothing, Watch[]>
  /**
   * Which paths of a CloudFront distribution hold something old after a sync; asks nobody. `stripPrefix`: the origin path
   * of the distribution is the prefix. Of a plan that has not been applied it is what would be sent.
   */
  planInvalidation: Call<
    { planId: string; distributionId: string; stripPrefix?: boolean | undefined },
    InvalidationPlan
  >
  /**
   * Sends a planned invalidation. Called again it makes nothing new and answers how far the first has come; with
   * `waitSeconds` it waits so long for its end. `cancelSync` of the sync ends the waiting, not the invalidation.
   */
  applyInvalidation: Call<{ planId: string; waitSeconds?: number | undefined }, Invalidation>

  // a command before a sync
  /** The destination's command with its last run, also for a window that was loaded again; null when it has none. */
  getRunBefore: Call<{ destinationId: string }, RunBeforeState | null>
  /**
   * Has the main process ask the person, in the system's own dialog, whether exactly this command may run in exactly
   * this folder. Consent is not the window's to give: a change of either takes it back. `not-allowed` where the host
   * has no such dialog.
   */
  allowRunBefore: Call<{ destinationId: string }, RunBeforeState>
  /**
   * Runs the command and answers when it has ended. A sync goes on only after `done`. `command-not-allowed` without
   * consent, `local-missing` when the folder is gone, `too-many` while it runs already.
   */
  runBeforeSync: Call<{ destinationId: string }, CommandOutcome>
  /** Ends the command and everything that it started. */
  cancelRunBefore: Call<{ destinationId: string }, Nothing>

  // links
  createLink: Call<
    ObjectRef & {
      kind: 'public' | 'presigned'
      expiresInSeconds: number
      downloadAs: string | null
      baseUrl: string | null
      /** What of the key the base URL stands for already, when it serves a prefix and not the whole bucket. */
      servedPrefix?: string | undefined
      /**
       * With `presigned` and a base URL: the link is signed for CloudFront with the private key of this pair, unless there
       * is a name to save under, which only S3 sees to. `no-credentials` when this computer does not have the key.
       */
      keyPairId?: string | null | undefined
      copy: boolean
      /** Whom the link is for, in the person's own words. */
      note?: string | undefined
      /**
       * Tries the link first, for a few seconds at most. One that is shown not to work is answered with its test and
       * neither copied nor kept in the ledger: the person may want it all the same, and asks again without.
       */
      selfTest?: boolean | undefined
    },
    CreatedLink
  >
  /**
   * Makes links to objects of one bucket and puts all of them on the clipboard, one a line, and into the ledger. When one
   * cannot be made, or the first is shown not to work by `selfTest`, nothing is copied and nothing is kept.
   */
  copyLinks: Call<
    BucketRef & {
      kind: 'public' | 'presigned'
      expiresInSeconds: number
      links: {
        key: string
        baseUrl: string | null
        servedPrefix?: string | undefined
        keyPairId?: string | null | undefined
        /** The size of the picture, for HTML. */
        pixels?: PixelSize | null | undefined
      }[]
      format: LinkFormat
      note?: string | undefined
      selfTest?: boolean | undefined
    },
    CopiedLinks
  >
  /** The links that were handed out, by the application and the command line; never the links themselves (S41). */
  listLinks: Call<LinkFilter, LinkList>
  setLinkNote: Call<{ linkIds: string[]; note: string }, Nothing>
  /**
   * What else ends when all links to an object are ended by moving it to another key. Changes nothing. With `service`,
   * that of a link in the ledger, a profile of another service is refused. `no-such-key` when the object is gone.
   */
  planRevocation: Call<ObjectRef & { service?: string | null | undefined }, RevocationPlan>
  /**
   * Moves the object as planned, marks its links in the ledger and asks for it at the old key. `precondition-failed` when
   * the object was changed since the plan, `already-exists` when the new key is taken. Progress is a sync's, and
   * `cancelSync` ends it until the object is moved: it fails with `cancelled`, and everything is as it was.
   * `safety-refused` when everybody can read it at the new key only, and that is not confirmed.
   */
  applyRevocation: Call<
    { planId: string; newKey: string; confirmedPublic?: boolean | undefined },
    RevocationOutcome
  >
  /** The copies that moves may have left, as this computer knows; nobody is asked. */
  listLeftCopies: Call<Nothing, LeftCopy[]>
  /** Removes one, if it is still a copy of what is at the old key: else `precondition-failed`. A profile of its service. */
  removeLeftCopy: Call<{ id: string; profileId?: string | undefined }, LeftCopyOutcome>
  /**
   * A link with which anybody may upload one file. Its key is the prefix with the name, or made of the name by `naming`.
   * `type`: a media type or a file's ending; null for that of the key. `size`: what is asked of the sender. `already-exists` and `not-supported` when nothing
   * may be replaced and that cannot be had.
   */
  createUploadRequest: Call<
    BucketRef & {
      prefix: string
      name: string
      naming?: Naming | undefined
      type: string | null
      mustNotReplace: boolean
      size?: WantedSize | null | undefined
      expiresInSeconds: number
    },
    UploadRequest
  >
  /**
   * What has come with the latest links to upload with for which a size was asked, of the profile's service: at most a
   * hundred. What cannot be looked at is left out.
   */
  listArrivals: Call<{ profileId: string }, Arrival[]>

  /**
   * Keeps the private key (PEM) of a key pair of CloudFront. The other way in for a secret (S17). With `keepForSession`,
   * memory only. `invalid-argument` for anything but RSA with 2,048 bits and ECDSA on P-256.
   */
  setCloudFrontKey: Call<
    { keyPairId: string; privateKey: string; keepForSession: boolean },
    { state: CredentialState }
  >
  /** Whether this computer has the private key of a key pair. */
  getCloudFrontKey: Call<{ keyPairId: string }, { state: CredentialState }>

  /**
   * Keeps an API token of Cloudflare for a profile of R2, with which the addresses of its buckets are read and switched; null
   * removes it. The third way in for a secret (S17). With `keepForSession`, memory only.
   */
  setCloudflareToken: Call<
    { profileId: string; token: string | null; keepForSession: boolean },
    { state: CredentialState }
  >
  /** Whether this computer has a token of Cloudflare for a profile. */
  getCloudflareToken: Call<{ profileId: string }, { state: CredentialState }>

  // destinations
  listDestinations: Call<Nothing, Destination[]>
  createDestination: Call<{ destination: DestinationInput }, Destination>
  updateDestination: Call<{ destinationId: string; destination: DestinationInput }, Destination>
  deleteDestination: Call<{ destinationId: string }, Nothing>

  // django
  /**
   * Reads a Django project's settings as text, without running anything: a proposal and questions, no secret (S16).
   * `answers` are values of environment variables, settings and storages' attributes. `not-found` where there are no settings, `invalid-argument` for an
   * answer to what looks like a secret.
   */
  readDjangoProject: Call<
    { folderId: string; settings: string | null; answers: { name: string; value: string }[] },
    DjangoProject
  >
  /**
   * Keeps what was read: all of it or nothing. `safety-refused` for prefixes that overlap, `already-exists` for names.
   * The command line leaves it for the application to take at its next start.
   */
  saveDjangoProject: Call<DjangoSave, { profile: Profile; destinations: Destination[] }>
  /** The settings with which a Django project uses the bucket's destinations. `not-found` when it has none. */
  exportDjango: Call<
    BucketRef & { form: DjangoForm; access: DjangoAccess; module: string; origins: string[] },
    DjangoExport
  >
  /** Writes the same into a folder. `already-exists`, with nothing written, unless files there may be replaced. */
  saveDjangoExport: Call<
    BucketRef & {
      form: DjangoForm
      access: DjangoAccess
      module: string
      origins: string[]
      folderId: string
      replace: boolean
    },
    { folder: ChosenFolder; files: string[] }
  >

  // events: whole snapshots, at most ten a second, the last one at once
  onTransfers: Subscribe<TransferSnapshot>
  onUploadReport: Subscribe<UploadReport>
  onSyncProgress: Subscribe<SyncProgress>
  /** Not a snapshot but the next piece, at most ten a second; `position` tells whether one was missed. */
  onCommandOutput: Subscribe<CommandOutput>
  onWatch: Subscribe<Watch>
  onLeakScan: Subscribe<LeakScan>
  /** What the public can read of what has been changed: asked in the background after each upload, sync and other change. */
  onVisibilityReport: Subscribe<VisibilityReport>
  /** Not a snapshot but the answers since the last one, each complete in itself. */
  onVisibilityAnswers: Subscribe<VisibilityAnswers>
}

/** The names of the methods, without the events. */
export type MethodName = Exclude<keyof Api<unknown>, EventName>

/** The names of the events. */
export type EventName = Extract<keyof Api<unknown>, `on${string}`>

/**
 * The contract as it is on `window.api`: what an event carries crosses as JSON. A bridge between contexts copies objects
 * member by member, and a thousand transfers ten times a second held up the page.
 */
export type Bridge<Source> = {
  readonly [Name in keyof Api<Source>]: Name extends EventName ? Subscribe<string> : Api<Source>[Name]
}

/** What one method takes. */
export type InputOf<Name extends MethodName, Source = unknown> = Parameters<Api<Source>[Name]>[0]

/** What one method answers when it succeeds. */
export type OutputOf<Name extends MethodName> =
  Awaited<ReturnType<Api<unknown>[Name]>> extends Result<infer Value> ? Value : never

/** What one event carries. */
export type EventOf<Name extends EventName> = Parameters<Parameters<Api<unknown>[Name]>[0]>[0]
