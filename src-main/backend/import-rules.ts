import { Failure } from '../../src-preload/contract/failure.ts'
import { checkEndpoint } from '../profiles/endpoint-rules.ts'
import type { ImportRules } from '../settings/import-inbox.ts'
import { checkedDestination } from './destination-handlers.ts'

/** What the command line has left is held to the rules that the windows of the application hold a person to (S23). */
export const importRules: ImportRules = {
  acceptProfile: ({ provider, endpoint }) =>
    endpoint === null ? provider === 'aws' : orNull(() => checkEndpoint(endpoint, null)) !== null,
  acceptDestination: (destination, others) =>
    orNull(() => ({ ...checkedDestination(destination, others), id: destination.id })),
}

function orNull<Checked>(check: () => Checked): Checked | null {
  try {
    return check()
  } catch (error) {
    if (error instanceof Failure) return null
    throw error
  }
}
