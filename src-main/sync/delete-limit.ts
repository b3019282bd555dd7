/** Up to here a sync may remove without being told a number. */
export const freeDeletes = 50

/** How many keys a sync may remove: what was said, else 50, or a tenth of the remote keys where that is more (S46). */
export function deleteLimit(maxDelete: number | null, remoteKeys: number): number {
  return maxDelete ?? Math.max(freeDeletes, Math.floor(remoteKeys / 10))
}

/** Why so many removals are refused, in words; null when they are not. */
export function deleteRefusal(deletes: number, remoteKeys: number, maxDelete: number | null): string | null {
  const limit = deleteLimit(maxDelete, remoteKeys)
  if (deletes <= limit) return null
  const many = `This sync would remove ${counted(deletes)} of ${remoteKeys.toLocaleString('en')}`
  if (maxDelete !== null) return `${many}, and you allowed at most ${counted(maxDelete)}. Nothing is removed.`
  return (
    `${many}. Without a higher limit a sync removes at most ${freeDeletes} objects, or 10 % of them where that is more ` +
    `(here ${limit.toLocaleString('en')}). Check that this is the right folder and prefix, or set a higher limit in the options.`
  )
}

/** `1 object`, `2,000 objects`. */
export function counted(count: number, singular = 'object', plural = `${singular}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? singular : plural}`
}
