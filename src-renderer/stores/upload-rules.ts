import type { Destination, MediaDestination } from '../../src-preload/contract/destination.ts'
import type { Naming } from '../../src-preload/contract/naming.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'

/** Where files would go, and by which destination's rules; without a destination they are private. */
export interface UploadTarget {
  readonly profileId: string
  readonly bucket: string
  readonly prefix: string
  readonly destination: Destination | null
}

/** What a place says of uploads, where uploads fill it. */
export function mediaRules({ destination }: UploadTarget): MediaDestination | null {
  return destination?.kind === 'media' ? destination : null
}

/** How a place names its files: by its destination's rules, else as they are. */
export function namingOf(target: UploadTarget): Naming {
  return {
    template: mediaRules(target)?.keyTemplate ?? null,
    clean: mediaRules(target)?.cleanNames === true ? 'django' : 'as-is',
  }
}

/** Whether location and other metadata of pictures are removed: by the destination's rule, for everybody's eyes only. */
export function stripsMetadata({
  target,
  visibility,
}: {
  readonly target: UploadTarget
  readonly visibility: WantedVisibility
}): boolean {
  return visibility === 'public' && mediaRules(target)?.stripMetadata === true
}

/** What the files become unless the person says otherwise: a destination's rule, else private (S44). */
export function defaultVisibility(target: UploadTarget): WantedVisibility {
  return target.destination?.visibility ?? 'private'
}
