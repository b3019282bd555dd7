import type { Watch } from '../../src-preload/contract/watch.ts'
import { formatCount } from './format.ts'

/** What a watch is doing, in a few words. */
export function watchStateText(watch: Watch): string {
  switch (watch.state) {
    case 'waiting':
      return 'Watching for changes'
    case 'planning':
      return 'Comparing'
    case 'applying':
      return watch.progress === null
        ? 'Publishing'
        : `Publishing ${watch.progress.filesDone.toLocaleString()} of ${formatCount(watch.progress.filesTotal, 'file')}`
    case 'paused':
      return 'Paused'
    case 'stopped':
      return 'Not watching any more'
  }
}

/** What the last round that changed something did; empty when there was none. */
export function watchCountsText(watch: Watch): string {
  if (watch.lastSync === null) return ''
  const { uploaded, updatedHeaders, deleted, failed } = watch.lastSync.counts
  return [
    ...(uploaded > 0 ? [`${formatCount(uploaded, 'file')} uploaded`] : []),
    ...(updatedHeaders > 0 ? [`headers of ${formatCount(updatedHeaders, 'object')} fixed`] : []),
    ...(deleted > 0 ? [`${deleted.toLocaleString()} removed`] : []),
    ...(failed > 0 ? [`${failed.toLocaleString()} failed`] : []),
  ].join(', ')
}
