import type { z } from 'zod'
import type { Api, EventName, EventOf, MethodName } from './api.ts'
import type { CallSchemas } from './call.ts'
import type { LocalPath } from './selection.ts'
import { appCallSchemas } from './app-calls.ts'
import { bucketCallSchemas } from './bucket-calls.ts'
import { destinationCallSchemas } from './destination-calls.ts'
import { djangoCallSchemas } from './django-calls.ts'
import { leakScanSchema } from './leak-scan.ts'
import { linkCallSchemas } from './link-calls.ts'
import { objectCallSchemas } from './object-calls.ts'
import { profileCallSchemas } from './profile-calls.ts'
import { releaseCallSchemas } from './release-calls.ts'
import { revocationCallSchemas } from './revocation-calls.ts'
import { commandOutputSchema } from './run-before.ts'
import { selectionCallSchemas } from './selection-calls.ts'
import { sweepCallSchemas } from './sweep-calls.ts'
import { syncCallSchemas } from './sync-calls.ts'
import { syncProgressSchema } from './sync-plan.ts'
import { transferCallSchemas } from './transfer-calls.ts'
import { transferSnapshotSchema, uploadReportSchema } from './transfer.ts'
import { visibilityCallSchemas } from './visibility-calls.ts'
import { visibilityAnswersSchema, visibilityReportSchema } from './visibility-report.ts'
import { watchSchema } from './watch.ts'

/**
 * The shape of every argument and every answer: strict objects with limits, so that nothing unexpected passes the
 * bridge in either direction.
 */
export const schemas: CallSchemas<Pick<Api<LocalPath>, MethodName>> = {
  ...appCallSchemas,
  ...profileCallSchemas,
  ...bucketCallSchemas,
  ...objectCallSchemas,
  ...visibilityCallSchemas,
  ...selectionCallSchemas,
  ...transferCallSchemas,
  ...sweepCallSchemas,
  ...syncCallSchemas,
  ...releaseCallSchemas,
  ...linkCallSchemas,
  ...revocationCallSchemas,
  ...destinationCallSchemas,
  ...djangoCallSchemas,
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
