import { value, type RunningBackend } from './running-backend.ts'

/** A file that is dropped as private: what the window would say of it beforehand, and its being sent. */
export async function privateDrop(
  { api }: Pick<RunningBackend, 'api'>,
  place: { readonly profileId: string; readonly bucket: string; readonly prefix: string },
  path: string,
) {
  const { selectionId } = await value(api.registerDrop({ sources: [{ path }] }))
  const what = { ...place, selectionId, visibility: 'private' } as const
  return {
    /** What lets everybody read it: null for nothing, undefined where that is not known. */
    async opened() {
      const naming = { template: null, clean: 'as-is' } as const
      const how = { naming, leaveOutEmpty: false, lookForExisting: false }
      return (await value(api.planUpload({ ...what, ...how }))).opened
    },
    send: () =>
      api.startUpload({
        ...what,
        onConflict: 'overwrite',
        cacheControl: null,
        baseUrl: null,
        linkExpirySeconds: 3600,
      }),
  }
}
