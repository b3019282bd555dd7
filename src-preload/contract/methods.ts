import type { EventName, MethodName } from './api.ts'

/** Every method of the bridge by name; `satisfies` rejects a missing or an extra one. The channel is the name. */
export const methods = {
  getAppInfo: true,
  setPreferences: true,
  probeKeychain: true,
  copyText: true,
  listProfiles: true,
  createProfile: true,
  updateProfile: true,
  duplicateProfile: true,
  deleteProfile: true,
  setProfileSecret: true,
  testConnection: true,
  listAwsProfiles: true,
  addAwsProfile: true,
  allowCommand: true,
  startPlayground: true,
  listBuckets: true,
  createBucket: true,
  deleteBucket: true,
  addBucketName: true,
  removeBucketName: true,
  listObjects: true,
  getObjectDetails: true,
  checkVisibility: true,
  setVisibility: true,
  createFolder: true,
  renameObject: true,
  planDelete: true,
  applyDelete: true,
  registerDrop: true,
  chooseFiles: true,
  chooseFolder: true,
  findConflicts: true,
  startUpload: true,
  startDownload: true,
  listTransfers: true,
  cancelTransfers: true,
  retryTransfers: true,
  clearTransfers: true,
  planSync: true,
  listPlanRows: true,
  describePlanRow: true,
  applySync: true,
  cancelSync: true,
  startWatch: true,
  stopWatch: true,
  listWatches: true,
  getRunBefore: true,
  allowRunBefore: true,
  runBeforeSync: true,
  cancelRunBefore: true,
  createReceipt: true,
  listReleases: true,
  createLink: true,
  listLinks: true,
  listDestinations: true,
  createDestination: true,
  updateDestination: true,
  deleteDestination: true,
} as const satisfies Record<MethodName, true>

/** Every event of the bridge by name. */
export const events = {
  onTransfers: true,
  onUploadReport: true,
  onSyncProgress: true,
  onCommandOutput: true,
  onWatch: true,
} as const satisfies Record<EventName, true>

/** The names of {@link methods}, to walk. */
export const methodNames = Object.keys(methods) as MethodName[]

/** The names of {@link events}, to walk. */
export const eventNames = Object.keys(events) as EventName[]
