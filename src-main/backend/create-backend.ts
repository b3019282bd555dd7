import { homedir } from 'node:os'
import { join } from 'node:path'
import type { BucketRef, ObjectRef } from '../../src-preload/contract/call.ts'
import type { ProviderId } from '../../src-preload/contract/provider-presets.ts'
import type { LeakScan } from '../../src-preload/contract/leak-scan.ts'
import type { CommandOutput } from '../../src-preload/contract/run-before.ts'
import type { SyncProgress } from '../../src-preload/contract/sync-plan.ts'
import type { TransferSnapshot, UploadReport } from '../../src-preload/contract/transfer.ts'
import type { VisibilityAnswers, VisibilityReport } from '../../src-preload/contract/visibility-report.ts'
import type { Watch } from '../../src-preload/contract/watch.ts'
import { createBandwidth } from '../s3/bandwidth.ts'
import { createKeytarKeychain } from '../keychain/keytar-keychain.ts'
import { createLinkLedger } from '../links/ledger.ts'
import { awsFileLocations } from '../profiles/aws-files.ts'
import { cloudflare } from '../cloudflare/cloudflare-service.ts'
import { createCloudflareTokens } from '../profiles/cloudflare-tokens.ts'
import { createCloudFrontKeys } from '../profiles/cloudfront-keys.ts'
import type { FindProxy } from '../s3/find-proxy.ts'
import { createCredentialResolver } from '../profiles/credentials.ts'
import { createProfileProxies } from '../profiles/profile-proxies.ts'
import { createProfileStore } from '../profiles/profile-store.ts'
import { createChangeRecords } from '../releases/change-records.ts'
import type { MoveHead } from '../releases/move-record.ts'
import { handedOutThrough, promisedFor } from '../visibility/handed-out.ts'
import { takeImports } from '../settings/import-inbox.ts'
import { openSettingsFile, settingsForOneRun } from '../settings/settings-file.ts'
import { appHandlers } from './app-handlers.ts'
import { createBegunUploads } from '../sweep/begun-uploads.ts'
import { type Backend, type BackendParts, environmentProfileId } from './backend-parts.ts'
import { bucketHandlers } from './bucket-handlers.ts'
import { createEventSource, toApi } from './call.ts'
import { cloudflareHandlers } from './cloudflare-handlers.ts'
import { cloudFrontKeyHandlers } from './cloudfront-key-handlers.ts'
import { destinationHandlers } from './destination-handlers.ts'
import { folderHandlers } from './folder-handlers.ts'
import { createFolders } from './folders.ts'
import { importRules } from './import-rules.ts'
import { laterHandlers } from './later-handlers.ts'
import { createLinkKeeper } from './link-keeper.ts'
import { createPlaygroundService } from './playground-service.ts'
import { createPolicyReaders } from './policy-reader.ts'
import { presetHandlers } from './preset-handlers.ts'
import { profileHandlers } from './profile-handlers.ts'
import { createProfileNames } from './profile-names.ts'
import { createRunningWork } from './running-work.ts'
import { createSessions, type SessionFacts, wayTo } from './sessions.ts'
import { quirksOf, recogniseProvider } from '../visibility/provider-quirks.ts'
import { type ChangeCause, lazyVisibilityChecks } from './visibility-checks.ts'

/**
 * Joins the rooms into one backend for a host. Opens the settings and nothing else: keychain, playground and the S3
 * SDK wait until somebody needs them. Throws a `settings-corrupt` failure when the settings can neither be read nor
 * set aside.
 */
export async function createBackend(parts: BackendParts): Promise<Backend> {
  const { log, userDataDirectory } = parts
  const onDisk = await openSettingsFile(userDataDirectory)
  // The command line has a copy of its own, which goes with it.
  const settings = parts.host === 'cli' ? settingsForOneRun(onDisk) : onDisk
  // The command line leaves there what it saves, and takes it into its copy of the settings without taking it away.
  const problems = await takeImports(
    parts.importsDirectory ?? join(userDataDirectory, 'imports'),
    settings,
    importRules,
    parts.importsDirectory !== undefined,
  )
  for (const problem of problems) log.warn(problem)
  const keychain = parts.keychain ?? createKeytarKeychain()
  const tell = (error: unknown) => log.error('A listener failed.', error)
  const events = {
    onTransfers: createEventSource<TransferSnapshot>(tell),
    onUploadReport: createEventSource<UploadReport>(tell),
    onSyncProgress: createEventSource<SyncProgress>(tell),
    onCommandOutput: createEventSource<CommandOutput>(tell),
    onWatch: createEventSource<Watch>(tell),
    onLeakScan: createEventSource<LeakScan>(tell),
    onVisibilityReport: createEventSource<VisibilityReport>(tell),
    onVisibilityAnswers: createEventSource<VisibilityAnswers>(tell),
  }

  const playground = createPlaygroundService(
    join(userDataDirectory, 'playground'),
    join(parts.resourcesDirectory, 'sample-site'),
  )
  const proxies = createProfileProxies({
    keychain,
    onSecret: (value) => log.addKnownSecret(value),
    system: await systemProxies(parts),
    instead: parts.proxy,
    password: parts.scrubbedVariables?.['PAIL_PROXY_PASSWORD'],
  })
  const credentials = createCredentialResolver({
    keychain,
    awsFiles: awsFileLocations(homedir(), parts.scrubbedVariables ?? {}),
    playground: () => playground.current(),
    findProxyFor: (profile) => proxies.findProxyFor(profile),
    onSecret: (value) => log.addKnownSecret(value),
  })
  const tokens = createCloudflareTokens({ keychain, onSecret: (value) => log.addKnownSecret(value) })
  const store = createProfileStore({
    records: {
      all: () => settings.current().profiles,
      replace: async (profiles) => void (await settings.update((now) => ({ ...now, profiles }))),
    },
    credentials,
    tokens,
    proxies,
    awsFiles: awsFileLocations(homedir(), parts.scrubbedVariables ?? {}),
  })
  const { domainsOf, ...cloudflareTokens } = cloudflareHandlers({
    tokens,
    service: parts.cloudflare ?? cloudflare,
    endpointOf: (profileId) =>
      profileId === environmentProfileId
        ? (parts.environmentProfile?.endpoint ?? null)
        : store.find(profileId).endpoint,
    findProxyOf: (profileId) => proxies.findProxyFor(store.find(profileId)),
  })
  const {
    signerFor,
    removingUnused,
    sweep: sweepKeys,
    ...cloudFrontKeys
  } = cloudFrontKeyHandlers(
    createCloudFrontKeys({ keychain, onSecret: (value) => log.addKnownSecret(value) }),
    settings,
  )
  const playgroundProfile = {
    async start() {
      const server = await playground.running()
      log.addKnownSecret(server.secretAccessKey)
      return store.usePlayground(server)
    },
    async resume() {
      const known = settings
        .current()
        .profiles.some(({ credentialSource }) => credentialSource.type === 'playground')
      if (!known || playground.current() !== null) return
      // A playground that does not start must not hide the other profiles; its own state says that it is missing.
      await playgroundProfile
        .start()
        .catch((error: unknown) => log.error('The playground did not start.', error))
    },
    sampleSite: () => playground.sampleSite(),
  }

  async function sessionFacts(profileId: string): Promise<SessionFacts> {
    const given = parts.environmentProfile
    if (given && profileId === environmentProfileId) {
      const { accessKeyId, secretAccessKey, sessionToken } = given.credentials
      return {
        endpoint: given.endpoint,
        region: given.region,
        addressing: given.addressing,
        checksums: given.checksums,
        ...givenBy(given.endpoint, profileId),
        isOpenByPolicy: policyReaderOf(profileId),
        insecureAllowed: given.insecureConsent !== null,
        ...wayTo(given, proxies.findProxyFor({ id: profileId, proxy: given.proxy })),
        credentials: async () => ({
          accessKeyId,
          secretAccessKey,
          ...(sessionToken === null ? {} : { sessionToken }),
        }),
      }
    }
    if (store.find(profileId).credentialSource.type === 'playground') await playgroundProfile.resume()
    const profile = store.find(profileId)
    const { type } = profile.credentialSource
    return {
      endpoint: profile.endpoint,
      // Its port is another one at each start, and its buckets are the same.
      ...(type === 'playground' ? { service: 'playground' } : {}),
      region: profile.region,
      addressing: profile.addressing,
      checksums: profile.checksums,
      ...givenBy(profile.endpoint, profileId),
      isOpenByPolicy: policyReaderOf(profileId),
      insecureAllowed: profile.insecureConsent !== null,
      ...wayTo(profile, proxies.findProxyFor(profile)),
      credentials: () => credentials.resolve(store.find(profileId)),
    }
  }

  const providerOf = (profileId: string): ProviderId =>
    profileId === environmentProfileId ? 'other' : store.find(profileId).provider
  /** What a session has to know of its service beforehand. */
  const givenBy = (endpoint: string | null, profileId: string) => {
    const { objectAcls, thrownBy } = quirksOf(recogniseProvider(endpoint, providerOf(profileId)))
    return {
      ...(objectAcls === 'none' || objectAcls === 'ignored' ? { objectAcls } : {}),
      ...(thrownBy === 'domains' ? { domains: domainsOf(profileId) } : {}),
    }
  }
  const endpointOf = (profileId: string) =>
    profileId === environmentProfileId
      ? parts.environmentProfile?.endpoint
      : settings.current().profiles.find(({ id }) => id === profileId)?.endpoint
  const policyReaderOf = createPolicyReaders(() => sessions, providerOf)
  /** With the keys of the environment, the destinations of the profiles of its service are meant. */
  const destinationsFor = (profileId: string) => {
    const { destinations } = settings.current()
    if (profileId !== environmentProfileId) return destinations
    return destinations
      .filter((each) => endpointOf(each.profileId) === endpointOf(profileId))
      .map((each) => ({ ...each, profileId }))
  }
  const throughOf = (place: ObjectRef) => handedOutThrough(destinationsFor(place.profileId), place)
  const privatePlacesIn = ({ profileId, bucket }: BucketRef) =>
    settings
      .current()
      .destinations.filter(
        (each) =>
          each.bucket === bucket &&
          each.visibility === 'private' &&
          endpointOf(each.profileId) === endpointOf(profileId),
      )
  const cloudFrontOf = (object: ObjectRef) => {
    const { keyPairId = null, baseUrl = null, path = '' } = throughOf(object) ?? {}
    const cloudFront = signerFor(keyPairId)
    const servedPrefix = object.key.slice(0, object.key.length - path.length)
    return cloudFront === null ? null : { baseUrl, servedPrefix, cloudFront }
  }

  const begun = createBegunUploads(parts.begunUploadsDirectory ?? join(userDataDirectory, 'begun-uploads'))
  const bandwidth = createBandwidth()
  bandwidth.limitBytesPerSecond = settings.current().bandwidthLimitBytesPerSecond ?? null
  const sessions = createSessions(sessionFacts, {
    readsAtOnce: parts.host === 'cli',
    uploadLog: begun,
    bandwidth,
  })
  // A command asks for what it tells of, and ends when it is done.
  const isAskedFor = ({ cause }: ChangeCause) => parts.host !== 'cli' || cause !== 'move'
  const checks = lazyVisibilityChecks(isAskedFor, async () =>
    (await import('./create-visibility-checks.ts')).createVisibilityChecks({
      sessions,
      answers: events.onVisibilityAnswers,
      reports: events.onVisibilityReport,
      throughOf,
      promisedFor: (object) => promisedFor(destinationsFor(object.profileId), object),
      perSecond: parts.host === 'cli' ? 500 : 100,
    }),
  )
  const folders = createFolders(settings)
  const names = createProfileNames(settings)
  const ledger = createLinkLedger(join(parts.linksDirectory ?? userDataDirectory, 'links.jsonl'))
  const linkKeeper = createLinkKeeper(sessions, ledger, log)
  const work = createRunningWork()
  const transfersDirectory = parts.transfersDirectory ?? join(userDataDirectory, 'transfers')
  const uploadSources = {
    begun,
    wanted: async () =>
      (await import('../transfers/transfer-journal.ts')).readWantedUploads(transfersDirectory),
  }
  const changesDirectory = parts.changesDirectory ?? join(userDataDirectory, 'changes')
  const changes = {
    visibility: createChangeRecords(
      join(changesDirectory, 'visibility'),
      async () => (await import('../releases/visibility-record-form.ts')).visibilityRecordForm,
    ),
    setup: createChangeRecords(
      join(changesDirectory, 'setup'),
      async () => (await import('../setup/setup-record-form.ts')).setupRecordForm,
    ),
    moves: createChangeRecords<MoveHead, never>(
      join(changesDirectory, 'moves'),
      async () => (await import('../releases/move-record-form.ts')).moveRecordForm,
    ),
  }
  const syncDirectories = {
    index: parts.syncIndexDirectory ?? join(userDataDirectory, 'sync-index'),
    state: parts.syncStateDirectory ?? join(userDataDirectory, 'sync-state'),
    releases: parts.syncReleasesDirectory ?? join(userDataDirectory, 'sync-releases'),
    locks: parts.syncLocksDirectory ?? join(userDataDirectory, 'sync-locks'),
  }
  const later = laterHandlers({
    parts,
    sessions,
    settings,
    store,
    folders,
    ledger,
    linkKeeper,
    work,
    systemProxy: proxies.system,
    events,
    bandwidth,
    syncDirectories,
    transfersDirectory,
    uploadSources,
    changes,
    providerOf,
    throughOf,
    privatePlacesIn,
    policyReaderOf,
    cloudFrontOf,
    signerFor,
    checks,
  })
  // They go on by themselves; a command transfers only what it is asked to.
  const notices = parts.host === 'cli' ? [] : (await later.transfers.load()).notices
  const forgetCommand = (destinationId: string) => void later.forgetCommand(destinationId)
  const destinationChanged = (destinationId: string) => void later.destinationChanged(destinationId)
  const credentialsChanged = (profileId: string) => void later.credentialsChanged(profileId)

  const profiles = profileHandlers(store, sessions, names, settings, folders, playgroundProfile, (gone) => {
    void later.forgetProfile(gone.profileId)
    gone.destinationIds.forEach(forgetCommand)
  })

  const destinations = {
    ...destinationHandlers(settings, folders, forgetCommand),
    ...presetHandlers(settings),
  }

  return {
    api: toApi(
      {
        ...later.handlers,
        ...folderHandlers(parts, folders),
        ...appHandlers(
          parts,
          settings,
          keychain,
          async () => {
            await sweepKeys()
            return store.sweepOrphans(new Set(settings.current().deletedProfiles))
          },
          notices,
        ),
        ...profiles,
        deleteProfile: (input) => removingUnused(() => profiles.deleteProfile(input)),
        updateProfile: (input) =>
          profiles.updateProfile(input).finally(() => credentialsChanged(input.profileId)),
        setProfileSecret: (input) =>
          profiles.setProfileSecret(input).finally(() => credentialsChanged(input.profileId)),
        setProxyPassword: (input) =>
          profiles.setProxyPassword(input).finally(() => credentialsChanged(input.profileId)),
        allowCommand: (input) =>
          profiles.allowCommand(input).finally(() => credentialsChanged(input.profileId)),
        ...bucketHandlers(sessions, names, async (service, bucket) => {
          // Nothing of it is undone in another bucket of its name.
          const isGone = (head: { service: string; bucket: string }) =>
            head.service === service && head.bucket === bucket
          const forgotten = Object.values(changes).map((records) => records.forgetAll(isGone))
          // The bucket is gone all the same.
          for (const result of await Promise.allSettled(forgotten))
            if (result.status === 'rejected')
              log.error('Changes of a deleted bucket could not be forgotten.', result.reason)
        }),
        ...destinations,
        updateDestination: (input) =>
          removingUnused(() => destinations.updateDestination(input)).finally(() =>
            destinationChanged(input.destinationId),
          ),
        deleteDestination: (input) =>
          removingUnused(() => destinations.deleteDestination(input)).finally(() =>
            destinationChanged(input.destinationId),
          ),
        ...cloudFrontKeys,
        ...cloudflareTokens,
      },
      events,
    ),
    async close() {
      await Promise.all([work.close(), later.close(), checks.close()])
      sessions.close()
      await begun.close()
      await playground.close()
      // The last change of the settings is on disk before the process may end.
      await settings.written()
    },
  }
}

/** The proxies that the host's system, or its environment, names; what reads them is loaded where there are any. */
async function systemProxies({
  resolveProxy,
  proxyVariables,
  log,
}: BackendParts): Promise<FindProxy | undefined> {
  if (resolveProxy !== undefined)
    return (await import('../profiles/system-proxies.ts')).proxiesOfSystem(resolveProxy)
  if (proxyVariables === undefined) return undefined
  const { proxiesOfEnvironment } = await import('../profiles/proxy-environment.ts')
  return proxiesOfEnvironment(proxyVariables, (value) => log.addKnownSecret(value))
}
