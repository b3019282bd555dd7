import type { WantedVisibility } from '../../../src-preload/contract/visibility.ts'
import type { Given } from '../command.ts'
import { UsageError } from '../usage-error.ts'

/** The two switches of everything that uploads. */
export const visibilityOptions = {
  private: { type: 'boolean', text: 'only people with a link or a key can read it (default)' },
  public: { type: 'boolean', text: 'everybody can read it' },
} as const

/** What `--private` and `--public` ask for; private when neither is given (S44). */
export function readVisibility(given: Given): WantedVisibility {
  if (given.flag('private') && given.flag('public'))
    throw new UsageError('--private and --public exclude each other.')
  return given.flag('public') ? 'public' : 'private'
}
