import { z } from 'zod'
import type { EventName, EventOf, InputOf, MethodName, OutputOf } from './api.ts'
import { appInfoSchema, noticesSchema, preferencesSchema } from './app-info.ts'
import { keyPairIdSchema } from './cloudfront-key.ts'
import { bucketAccessSchema } from './bucket-access.ts'
import { domainSchema } from './bucket-switch.ts'
import { bucketAccessChoiceSchema, bucketListSchema, bucketSchema } from './bucket.ts'
import { destinationInputSchema, destinationSchema, onConflictSchema } from './destination.ts'
import {
  bucketSetupSchema,
  setupInputSchema,
  setupOutcomeSchema,
  setupPlanSchema,
  setupUndoSchema,
} from './bucket-setup.ts'
import {
  djangoAccessSchema,
  djangoExportSchema,
  djangoFormSchema,
  djangoProjectSchema,
  djangoSaveSchema,
} from './django.ts'
import { distributionIdSchema, invalidationPlanSchema, invalidationSchema } from './invalidation.ts'
import { mostCopiedLinks } from './format-links.ts'
import { leakScanSchema } from './leak-scan.ts'
import {
  deleteOutcomeSchema,
  deletePlanSchema,
  keySchema,
  objectDetailsSchema,
  objectPageSchema,
  prefixSchema,
} from './object.ts'
import { linkFormatSchema, namingSchema } from './naming.ts'
import { pictureSchema, pixelSizeSchema, stripMetadataSchema } from './picture.ts'
import {
  arrivalSchema,
  copiedLinksSchema,
  createdLinkSchema,
  linkFilterSchema,
  linkListSchema,
  linkNoteSchema,
} from './presigned-url.ts'
import {
  awsProfileSchema,
  credentialStateSchema,
  connectionReportSchema,
  idSchema,
  keychainStateSchema,
  profileInputSchema,
  profileSchema,
} from './profile.ts'
import { commandOutcomeSchema, commandOutputSchema, runBeforeStateSchema } from './run-before.ts'
import { receiptSchema } from './receipt.ts'
import { releaseSchema } from './release.ts'
import {
  leftCopyOutcomeSchema,
  leftCopySchema,
  revocationOutcomeSchema,
  revocationPlanSchema,
} from './revocation.ts'
import type { LocalPath } from './selection.ts'
import {
  chosenFolderSchema,
  fetchedSelectionSchema,
  folderPurposeSchema,
  localPathSchema,
  selectionSchema,
} from './selection.ts'
import {
  planRowFilterSchema,
  syncOptionsSchema,
  syncOutcomeSchema,
  syncPlanSchema,
  syncProgressSchema,
  syncRowDetailsSchema,
  syncRowPageSchema,
} from './sync-plan.ts'
import {
  lifecycleOutcomeSchema,
  lifecyclePlanSchema,
  sweepChoiceSchema,
  sweepOutcomeSchema,
  sweepPlanSchema,
  sweepRowPageSchema,
} from './sweep.ts'
import { uploadPlanSchema } from './upload-plan.ts'
import { wantedSizeSchema } from './wanted-size.ts'
import { uploadRequestSchema, wantedTypeSchema } from './upload-request.ts'
import { transferSnapshotSchema, unfinishedTransferSchema, uploadReportSchema } from './transfer.ts'
import { undoOutcomeSchema, undoPlanSchema, undoRowPageSchema } from './undo.ts'
import { visibilityCheckSchema, wantedVisibilitySchema } from './visibility.ts'
import {
  visibilityChangeSchema,
  visibilityOutcomeSchema,
  visibilityPlanSchema,
  visibilityUndoPlanSchema,
} from './visibility-plan.ts'
import { checkScopeSchema, visibilityAnswersSchema, visibilityReportSchema } from './visibility-report.ts'
import { watchSchema } from './watch.ts'

const nothing = z.strictObject({})
/** How many objects the person has seen to become public. */
const confirmedPublic = z.number().int().min(0).max(10_000_000)
const bucketName = z.string().min(1).max(255)
const bucketRef = z.strictObject({ profileId: idSchema, bucket: bucketName })
const objectRef = bucketRef.extend({ key: keySchema })
const keys = z.array(keySchema).max(10_000)
const prefixes = z.array(prefixSchema.min(1)).max(1000)
const secret = z.string().min(1).max(4096)
const destinationRef = z.strictObject({ destinationId: idSchema })
const djangoExportInput = bucketRef.extend({
  form: djangoFormSchema,
  access: djangoAccessSchema,
  module: z.string().min(1).max(200),
  origins: z.array(z.string().max(1024)).max(100),
})
const expiresInSeconds = z
  .number()
  .int()
  .min(1)
  .max(604_800 * 52)

/** A method's argument and its answer, both checked at the fence (S13). */
interface MethodSchemas<Name extends MethodName> {
  readonly input: z.ZodType<InputOf<Name, LocalPath>>
  readonly output: z.ZodType<OutputOf<Name>>
}

/**
 * The shape of every argument and every answer: strict objects with limits, so that nothing unexpected passes the
 * bridge in either direction.
 */
export const schemas: { readonly [Name in MethodName]: MethodSchemas<Name> } = {
  getAppInfo: { input: nothing, output: appInfoSchema },
  setPreferences: { input: preferencesSchema.partial(), output: preferencesSchema },
  probeKeychain: { input: nothing, output: keychainStateSchema },
  copyText: { input: z.strictObject({ text: z.string().min(1).max(16_000_000) }), output: nothing },
  composeMail: {
    input: z.strictObject({ subject: z.string().min(1).max(300), body: z.string().min(1).max(20_000) }),
    output: nothing,
  },

  listProfiles: { input: nothing, output: z.array(profileSchema).max(1000) },
  createProfile: { input: z.strictObject({ profile: profileInputSchema }), output: profileSchema },
  updateProfile: {
    input: z.strictObject({ profileId: idSchema, profile: profileInputSchema }),
    output: profileSchema,
  },
  duplicateProfile: { input: z.strictObject({ profileId: idSchema }), output: profileSchema },
  deleteProfile: { input: z.strictObject({ profileId: idSchema }), output: nothing },
  setProfileSecret: {
    input: z.strictObject({
      profileId: idSchema,
      accessKeyId: z.string().trim().min(1).max(256),
      secretAccessKey: secret,
      sessionToken: secret.nullable(),
      keepForSession: z.boolean(),
    }),
    output: profileSchema,
  },
  setProxyPassword: {
    input: z.strictObject({
      profileId: idSchema,
      password: z.string().min(1).max(1024),
      keepForSession: z.boolean(),
    }),
    output: profileSchema,
  },
  testConnection: { input: z.strictObject({ profileId: idSchema }), output: connectionReportSchema },
  listAwsProfiles: { input: nothing, output: z.array(awsProfileSchema).max(1000) },
  addAwsProfile: { input: z.strictObject({ name: z.string().min(1).max(200) }), output: profileSchema },
  allowCommand: {
    input: z.strictObject({ profileId: idSchema, command: z.string().min(1).max(4096) }),
    output: profileSchema,
  },

  startPlayground: {
    input: nothing,
    output: z.strictObject({ profile: profileSchema, sampleSite: chosenFolderSchema }),
  },

  listBuckets: { input: z.strictObject({ profileId: idSchema }), output: bucketListSchema },
  createBucket: {
    input: bucketRef.extend({ region: z.string().min(1).max(64), access: bucketAccessChoiceSchema }),
    output: bucketSchema,
  },
  planBucketSetup: { input: setupInputSchema.extend({ profileId: idSchema }), output: setupPlanSchema },
  applyBucketSetup: {
    input: z.strictObject({ planId: idSchema, confirmedPublic: confirmedPublic.optional() }),
    output: setupOutcomeSchema,
  },
  listBucketSetups: { input: bucketRef, output: z.array(bucketSetupSchema).max(50) },
  undoBucketSetup: {
    input: z.strictObject({
      setupId: idSchema,
      profileId: idSchema.optional(),
      confirmedPublic: confirmedPublic.optional(),
    }),
    output: setupUndoSchema,
  },
  deleteBucket: { input: bucketRef, output: nothing },
  addBucketName: { input: bucketRef, output: bucketSchema },
  removeBucketName: { input: bucketRef, output: nothing },
  getBucketAccess: { input: bucketRef, output: bucketAccessSchema },

  listObjects: {
    input: bucketRef.extend({
      prefix: prefixSchema,
      recursive: z.boolean(),
      continuationToken: z.string().max(4096).nullable(),
    }),
    output: objectPageSchema,
  },
  getObjectDetails: { input: objectRef, output: objectDetailsSchema },
  getPicture: { input: objectRef, output: pictureSchema.nullable() },
  measurePictures: {
    input: bucketRef.extend({ keys: z.array(keySchema).min(1).max(500) }),
    output: z.strictObject({ sizes: z.array(pixelSizeSchema.nullable()).max(500) }),
  },
  checkVisibility: { input: objectRef, output: visibilityCheckSchema },
  planVisibility: {
    input: bucketRef.extend({
      keys,
      prefixes: z.array(prefixSchema).max(100),
      visibility: wantedVisibilitySchema,
      customDomains: z.array(domainSchema).max(100).optional(),
    }),
    output: visibilityPlanSchema,
  },
  applyVisibility: {
    input: z.strictObject({ planId: idSchema, confirmedObjects: z.number().int().min(0).max(10_000_000) }),
    output: visibilityOutcomeSchema,
  },
  startLeakScan: { input: bucketRef.extend({ prefix: prefixSchema }), output: leakScanSchema },
  cancelLeakScan: { input: z.strictObject({ scanId: idSchema }), output: nothing },
  listLeakScans: { input: nothing, output: z.array(leakScanSchema).max(100) },
  undoVisibility: {
    input: z.strictObject({
      planId: idSchema,
      profileId: idSchema.optional(),
      confirmedPublic: z.number().int().min(0).max(10_000_000).optional(),
    }),
    output: visibilityOutcomeSchema,
  },
  planUndoVisibility: {
    input: z.strictObject({ planId: idSchema, profileId: idSchema.optional() }),
    output: visibilityUndoPlanSchema,
  },
  listVisibilityChanges: { input: bucketRef, output: z.array(visibilityChangeSchema).max(50) },
  createFolder: { input: bucketRef.extend({ prefix: prefixSchema.min(1) }), output: nothing },
  renameObject: {
    input: objectRef.extend({ newKey: keySchema, confirmedPublic: z.boolean().optional() }),
    output: nothing,
  },
  planDelete: { input: bucketRef.extend({ keys, prefixes }), output: deletePlanSchema },
  applyDelete: { input: z.strictObject({ planId: idSchema }), output: deleteOutcomeSchema },

  registerDrop: {
    input: z.strictObject({ sources: z.array(localPathSchema).min(1).max(20_000) }),
    output: selectionSchema,
  },
  registerPaste: {
    input: z.strictObject({
      files: z
        .array(
          z.strictObject({
            name: z.string().min(1).max(255),
            base64: z.string().max(45_000_000),
          }),
        )
        .min(1)
        .max(100),
    }),
    output: selectionSchema,
  },
  fetchPicture: {
    input: z.strictObject({ address: z.string().min(1).max(45_000_000) }),
    output: fetchedSelectionSchema,
  },
  chooseFiles: {
    input: z.strictObject({ kind: z.enum(['files', 'folder']) }),
    output: selectionSchema.nullable(),
  },
  chooseFolder: {
    input: z.strictObject({
      purpose: folderPurposeSchema,
      typedPath: z.string().max(4096).nullable(),
    }),
    output: chosenFolderSchema.nullable(),
  },

  findConflicts: {
    input: bucketRef.extend({
      prefix: prefixSchema,
      selectionId: idSchema,
      naming: namingSchema.optional(),
      stripMetadata: z.boolean().optional(),
    }),
    output: z.strictObject({ keys: z.array(keySchema).max(1000), total: z.number().int() }),
  },
  planUpload: {
    input: bucketRef.extend({
      prefix: prefixSchema,
      selectionId: idSchema,
      naming: namingSchema,
      leaveOutEmpty: z.boolean(),
      lookForExisting: z.boolean(),
      stripMetadata: z.boolean().optional(),
      replaceKey: keySchema.optional(),
    }),
    output: uploadPlanSchema,
  },
  startUpload: {
    input: bucketRef.extend({
      prefix: prefixSchema,
      selectionId: idSchema,
      visibility: wantedVisibilitySchema,
      onConflict: onConflictSchema,
      cacheControl: z.string().max(512).nullable(),
      baseUrl: z.string().max(1024).nullable(),
      linkExpirySeconds: expiresInSeconds,
      naming: namingSchema.optional(),
      reuseIdentical: z.boolean().optional(),
      linkFormat: linkFormatSchema.optional(),
      stripMetadata: stripMetadataSchema.optional(),
      leaveOutEmpty: z.boolean().optional(),
      replaceKey: keySchema.optional(),
    }),
    output: z.strictObject({ batchId: idSchema, transfers: z.number().int() }),
  },
  startDownload: {
    input: bucketRef.extend({
      keys,
      prefixes,
      folderId: idSchema,
      as: z
        .strictObject({
          fileName: z.string().min(1).max(1024).nullable(),
          onTaken: z.enum(['fail', 'replace']),
          isKept: z.boolean(),
        })
        .optional(),
    }),
    output: z.strictObject({ batchId: idSchema, transfers: z.number().int() }),
  },
  listTransfers: { input: nothing, output: transferSnapshotSchema },
  cancelTransfers: {
    input: z.strictObject({ ids: z.union([z.array(idSchema).max(10_000), z.literal('all')]) }),
    output: nothing,
  },
  retryTransfers: {
    input: z.strictObject({ ids: z.union([z.array(idSchema).max(10_000), z.literal('failed')]) }),
    output: nothing,
  },
  clearTransfers: { input: z.strictObject({ keepsRetryable: z.boolean().optional() }), output: nothing },
  pauseTransfers: {
    input: z.strictObject({ ids: z.union([z.array(idSchema).max(10_000), z.literal('all')]) }),
    output: nothing,
  },
  resumeTransfers: {
    input: z.strictObject({ ids: z.union([z.array(idSchema).max(10_000), z.literal('all')]) }),
    output: nothing,
  },
  moveTransfersFirst: { input: z.strictObject({ ids: z.array(idSchema).max(1000) }), output: nothing },
  listUnfinishedTransfers: {
    input: nothing,
    output: z.strictObject({
      transfers: z.array(unfinishedTransferSchema).max(10_000),
      total: z.number().int(),
      notices: noticesSchema,
    }),
  },
  resumeUnfinishedTransfers: {
    input: z.strictObject({ profileId: idSchema }),
    output: z.strictObject({ transfers: z.number().int(), inUse: z.number().int(), notices: noticesSchema }),
  },
  setBandwidthLimit: {
    input: z.strictObject({ bytesPerSecond: z.number().int().min(1024).max(1e12).nullable() }),
    output: nothing,
  },

  planSweep: {
    input: bucketRef.extend({
      prefix: prefixSchema,
      olderThanSeconds: z.number().int().min(0).max(1_000_000_000).nullable(),
    }),
    output: sweepPlanSchema,
  },
  listSweepRows: {
    input: z.strictObject({
      planId: idSchema,
      offset: z.number().int().min(0).max(10_000_000),
      limit: z.number().int().min(1).max(1000),
    }),
    output: sweepRowPageSchema,
  },
  applySweep: {
    input: z.strictObject({
      planId: idSchema,
      choice: sweepChoiceSchema,
      confirmed: z.number().int().min(0).max(10_000_000),
    }),
    output: sweepOutcomeSchema,
  },
  planLifecycle: {
    input: bucketRef.extend({ days: z.number().int().min(1).max(3650).nullable() }),
    output: lifecyclePlanSchema,
  },
  applyLifecycle: { input: z.strictObject({ planId: idSchema }), output: lifecycleOutcomeSchema },

  planSync: {
    input: bucketRef.extend({ prefix: prefixSchema, folderId: idSchema, options: syncOptionsSchema }),
    output: syncPlanSchema,
  },
  listPlanRows: {
    input: z.strictObject({
      planId: idSchema,
      offset: z.number().int().min(0).max(10_000_000),
      limit: z.number().int().min(1).max(1000),
      filter: planRowFilterSchema,
      search: z.string().max(200).optional(),
    }),
    output: syncRowPageSchema,
  },
  describePlanRow: {
    input: z.strictObject({ planId: idSchema, key: keySchema }),
    output: syncRowDetailsSchema,
  },
  applySync: {
    input: z.strictObject({
      planId: idSchema,
      confirmedDeletes: z.number().int().min(0).max(10_000_000),
      confirmedForeign: z.number().int().min(0).max(10_000_000),
      confirmedPublic: confirmedPublic.optional(),
      checks: checkScopeSchema.optional(),
      expected: wantedVisibilitySchema.nullable().optional(),
    }),
    output: syncOutcomeSchema,
  },
  cancelSync: { input: z.strictObject({ planId: idSchema }), output: nothing },
  listReleases: {
    input: bucketRef.extend({ prefix: prefixSchema }),
    output: z.array(releaseSchema).max(100),
  },
  planUndo: {
    input: bucketRef.extend({ prefix: prefixSchema, releaseId: idSchema }),
    output: undoPlanSchema,
  },
  listUndoRows: {
    input: z.strictObject({
      planId: idSchema,
      offset: z.number().int().min(0).max(10_000_000),
      limit: z.number().int().min(1).max(1000),
    }),
    output: undoRowPageSchema,
  },
  applyUndo: {
    input: z.strictObject({
      planId: idSchema,
      confirmedRemovals: z.number().int().min(0).max(10_000_000),
      confirmedPublic: confirmedPublic.optional(),
    }),
    output: undoOutcomeSchema,
  },
  createReceipt: {
    input: z.strictObject({
      planId: idSchema,
      baseUrl: z.string().max(1024).nullable(),
      stripPrefix: z.boolean().optional(),
      pageOrigin: z.string().max(1024).nullable().optional(),
      expected: wantedVisibilitySchema.optional(),
    }),
    output: receiptSchema,
  },
  planInvalidation: {
    input: z.strictObject({
      planId: idSchema,
      distributionId: distributionIdSchema,
      stripPrefix: z.boolean().optional(),
    }),
    output: invalidationPlanSchema,
  },
  applyInvalidation: {
    input: z.strictObject({ planId: idSchema, waitSeconds: z.number().int().min(0).max(600).optional() }),
    output: invalidationSchema,
  },

  startWatch: {
    input: bucketRef.extend({
      prefix: prefixSchema,
      folderId: idSchema,
      options: syncOptionsSchema,
      confirmDeletes: z.boolean(),
      destinationId: idSchema.optional(),
      expected: wantedVisibilitySchema.nullable().optional(),
    }),
    output: watchSchema,
  },
  stopWatch: { input: z.strictObject({ watchId: idSchema }), output: nothing },
  listWatches: { input: nothing, output: z.array(watchSchema).max(100) },

  getRunBefore: { input: destinationRef, output: runBeforeStateSchema.nullable() },
  allowRunBefore: { input: destinationRef, output: runBeforeStateSchema },
  runBeforeSync: { input: destinationRef, output: commandOutcomeSchema },
  cancelRunBefore: { input: destinationRef, output: nothing },

  createLink: {
    input: objectRef.extend({
      kind: z.enum(['public', 'presigned']),
      expiresInSeconds,
      downloadAs: z.string().max(1024).nullable(),
      baseUrl: z.string().max(1024).nullable(),
      servedPrefix: prefixSchema.optional(),
      keyPairId: keyPairIdSchema.nullable().optional(),
      copy: z.boolean(),
      note: linkNoteSchema.optional(),
      selfTest: z.boolean().optional(),
    }),
    output: createdLinkSchema,
  },
  copyLinks: {
    input: bucketRef.extend({
      kind: z.enum(['public', 'presigned']),
      expiresInSeconds,
      links: z
        .array(
          z.strictObject({
            key: keySchema,
            baseUrl: z.string().max(1024).nullable(),
            servedPrefix: prefixSchema.optional(),
            keyPairId: keyPairIdSchema.nullable().optional(),
            pixels: pixelSizeSchema.nullable().optional(),
          }),
        )
        .min(1)
        .max(mostCopiedLinks),
      format: linkFormatSchema,
      note: linkNoteSchema.optional(),
      selfTest: z.boolean().optional(),
    }),
    output: copiedLinksSchema,
  },
  listLinks: { input: linkFilterSchema, output: linkListSchema },
  setLinkNote: {
    input: z.strictObject({ linkIds: z.array(idSchema).min(1).max(mostCopiedLinks), note: linkNoteSchema }),
    output: nothing,
  },
  planRevocation: {
    input: objectRef.extend({ service: z.string().max(300).nullable().optional() }),
    output: revocationPlanSchema,
  },
  applyRevocation: {
    input: z.strictObject({ planId: idSchema, newKey: keySchema, confirmedPublic: z.boolean().optional() }),
    output: revocationOutcomeSchema,
  },
  listLeftCopies: { input: nothing, output: z.array(leftCopySchema).max(50) },
  removeLeftCopy: {
    input: z.strictObject({ id: idSchema, profileId: idSchema.optional() }),
    output: leftCopyOutcomeSchema,
  },
  createUploadRequest: {
    input: bucketRef.extend({
      prefix: prefixSchema,
      name: keySchema,
      naming: namingSchema.optional(),
      type: wantedTypeSchema.nullable(),
      mustNotReplace: z.boolean(),
      size: wantedSizeSchema.nullable().optional(),
      expiresInSeconds,
    }),
    output: uploadRequestSchema,
  },
  listArrivals: {
    input: z.strictObject({ profileId: idSchema }),
    output: z.array(arrivalSchema).max(100),
  },

  setCloudFrontKey: {
    input: z.strictObject({
      keyPairId: keyPairIdSchema,
      privateKey: z.string().min(1).max(16_384),
      keepForSession: z.boolean(),
    }),
    output: z.strictObject({ state: credentialStateSchema }),
  },
  getCloudFrontKey: {
    input: z.strictObject({ keyPairId: keyPairIdSchema }),
    output: z.strictObject({ state: credentialStateSchema }),
  },

  setCloudflareToken: {
    input: z.strictObject({
      profileId: idSchema,
      token: z.string().min(1).max(1024).nullable(),
      keepForSession: z.boolean(),
    }),
    output: z.strictObject({ state: credentialStateSchema }),
  },
  getCloudflareToken: {
    input: z.strictObject({ profileId: idSchema }),
    output: z.strictObject({ state: credentialStateSchema }),
  },

  listDestinations: { input: nothing, output: z.array(destinationSchema).max(1000) },
  createDestination: {
    input: z.strictObject({ destination: destinationInputSchema }),
    output: destinationSchema,
  },
  updateDestination: {
    input: z.strictObject({ destinationId: idSchema, destination: destinationInputSchema }),
    output: destinationSchema,
  },
  deleteDestination: { input: destinationRef, output: nothing },

  readDjangoProject: {
    input: z.strictObject({
      folderId: idSchema,
      settings: z.string().min(1).max(1024).nullable(),
      answers: z
        .array(
          z.strictObject({
            name: z
              .string()
              .max(200)
              .regex(/^[A-Za-z_][A-Za-z0-9_.]*$/),
            value: z.string().max(4096),
          }),
        )
        .max(200),
    }),
    output: djangoProjectSchema,
  },
  saveDjangoProject: {
    input: djangoSaveSchema,
    output: z.strictObject({ profile: profileSchema, destinations: z.array(destinationSchema).max(200) }),
  },
  exportDjango: {
    input: djangoExportInput,
    output: djangoExportSchema,
  },
  saveDjangoExport: {
    input: djangoExportInput.extend({ folderId: idSchema, replace: z.boolean() }),
    output: z.strictObject({ folder: chosenFolderSchema, files: z.array(z.string().max(255)).max(10) }),
  },
}

/** The shape of every event. */
export const eventSchemas: { readonly [Name in EventName]: z.ZodType<EventOf<Name>> } = {
  onTransfers: transferSnapshotSchema,
  onUploadReport: uploadReportSchema,
  onSyncProgress: syncProgressSchema,
  onCommandOutput: commandOutputSchema,
  onWatch: watchSchema,
  onLeakScan: leakScanSchema,
  onVisibilityReport: visibilityReportSchema,
  onVisibilityAnswers: visibilityAnswersSchema,
}
