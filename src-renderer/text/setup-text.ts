import type { SetupOutcome, SetupState, SetupUndo } from '../../src-preload/contract/bucket-setup.ts'
import type { Opens } from '../../src-preload/contract/opens.ts'
import { formatCount } from './format.ts'
import type { ToastText } from './link-text.ts'

/** What became of a call, in a word or two. */
export const setupStateWords: { readonly [State in SetupState]: string } = {
  done: 'Done',
  already: 'As it was',
  'not-here': 'Not here',
  'not-shown': 'Not shown',
  failed: 'Failed',
  'not-made': 'Not made',
}

/** More about what became of a call, where a word is too little; null where it is not. */
export const setupStateHints: { readonly [State in SetupState]: string | null } = {
  done: null,
  already: 'It was so without a call.',
  'not-here': 'This service has no such setting.',
  'not-shown': 'The service took the call, but does not show the setting.',
  failed: null,
  'not-made': 'A call before it failed.',
}

/** What became of a call that was to be taken back. */
export const setupUndoWords: { readonly [State in SetupUndo['steps'][number]['state']]: string } = {
  undone: 'Undone',
  left: 'Left',
  failed: 'Failed',
}

/** What a set-up came to. */
export function setupOutcomeText({ bucket, steps, isWhole, undoable }: SetupOutcome): ToastText {
  const count = (state: SetupState) => steps.filter((step) => step.state === state).length
  if (isWhole) {
    const absent = count('not-here')
    const hidden = steps.filter(({ state }) => state === 'not-shown').map(({ call }) => call)
    return {
      title: hidden.length === 0 ? `${bucket} is ready` : `${bucket} is made, but not all of it is seen`,
      body: [
        ...(hidden.length === 0
          ? []
          : [
              `The service took ${hidden.join(' and ')}, but does not show what was set: look before you rely on it.`,
            ]),
        ...(absent === 0
          ? []
          : [`${formatCount(absent, 'call')} left out: this service has no such setting.`]),
      ].join(' '),
    }
  }
  const failed = steps.find(({ state }) => state === 'failed')?.call ?? 'one'
  const done = count('done') + count('not-shown')
  return {
    title: 'The bucket is not set up',
    body:
      done > 0
        ? `${formatCount(done, 'call')} went through before ${failed} failed. Nothing was sent after it.`
        : undoable
          ? `${failed} failed without an answer, and may have been made all the same. Nothing was sent after it.`
          : `${failed} failed, and nothing was made.`,
  }
}

/** What undoing a set-up came to. */
export function setupUndoText({ bucket, steps, bucketDeleted }: SetupUndo): ToastText {
  const left = steps.filter(({ state }) => state !== 'undone').length
  if (left === 0)
    return { title: bucketDeleted ? `${bucket} is gone` : 'Undone', body: 'Everything is as it was before.' }
  return {
    title: `${formatCount(left, 'thing')} of the set-up ${left === 1 ? 'stays' : 'stay'}`,
    body: 'Nothing was taken away that somebody else has made or changed.',
  }
}

/** How much that is in a bucket becomes public. */
export function setupOpensText({ objects, more }: Pick<Opens, 'objects' | 'more'>): string {
  if (objects === 0) return 'What comes there is public'
  const count = `${more ? 'At least ' : ''}${formatCount(objects, 'object')}`
  return `${count} that ${objects === 1 ? 'is' : 'are'} there ${objects === 1 ? 'becomes' : 'become'} public`
}
