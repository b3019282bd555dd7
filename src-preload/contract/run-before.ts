import { z } from 'zod'
import { idSchema } from './profile.ts'
import { chosenFolderSchema } from './selection.ts'

/** Characters that a command may not have: those that end a line, steer a terminal, or hide or reorder what is shown. */
const invisible = /[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/

/** One line for the platform's shell. What a person consents to must be all that they can see. */
export const commandLineSchema = z
  .string()
  .trim()
  .min(1)
  .max(1000)
  .refine((command) => !invisible.test(command), 'A command is one line of visible characters.')

/** A command that runs before each sync to a destination, such as `npm run build`. */
export const runBeforeSchema = z.strictObject({
  command: commandLineSchema,
  /** The folder that it runs in, such as the project's; null for the folder that is synced. */
  folderId: idSchema.nullable(),
})

const runId = idSchema
/** Null when it did not end by itself. */
const exitCode = z.number().int().nullable()
/** Why it did not end well, in words; null when it did or still runs. */
const message = z.string().max(500).nullable()

/** How a run ended. Only `done` lets the sync go on. */
export const commandOutcomeSchema = z.strictObject({
  runId,
  state: z.enum(['done', 'failed', 'cancelled']),
  exitCode,
  message,
})

/** A piece of what a command writes, as it arrives. Control sequences are stripped and secrets removed. */
export const commandOutputSchema = z.strictObject({
  destinationId: idSchema,
  runId,
  state: z.enum(['running', 'done', 'failed', 'cancelled']),
  exitCode,
  message,
  /** How many characters of this run came before `text`; more than had been seen when it came too fast to be shown. */
  position: z.number().int().nonnegative(),
  text: z.string().max(32_768),
})

/** A run and what is kept of its output. */
export const commandRunSchema = z.strictObject({
  runId,
  state: z.enum(['running', 'done', 'failed', 'cancelled']),
  exitCode,
  message,
  startedAt: z.iso.datetime(),
  /** As in {@link commandOutputSchema}: what came before the kept text is forgotten. */
  position: z.number().int().nonnegative(),
  /** The end of the output, at most 200,000 characters. */
  text: z.string().max(200_000),
})

/** A destination's command, whether it may run, and its last run since Pail was started. */
export const runBeforeStateSchema = z.strictObject({
  command: z.string().max(1000),
  /** Null when the folder is not known (any more); then it cannot run. */
  folder: chosenFolderSchema.nullable(),
  /** Whether the person has allowed exactly this command in exactly this folder. */
  allowed: z.boolean(),
  timeLimitSeconds: z.number().int(),
  lastRun: commandRunSchema.nullable(),
})

export type CommandOutcome = z.infer<typeof commandOutcomeSchema>
export type CommandOutput = z.infer<typeof commandOutputSchema>
export type CommandRun = z.infer<typeof commandRunSchema>
export type RunBeforeState = z.infer<typeof runBeforeStateSchema>
