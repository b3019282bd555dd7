import { z } from 'zod'
import { idSchema } from './profile.ts'

/** A local file or folder as the preload names it for the main process. The renderer never sees one. */
export const localPathSchema = z.strictObject({ path: z.string().min(1).max(32_767) })

/** Something in a selection that will not be uploaded, and why. */
export const selectionProblemSchema = z.strictObject({
  /** Relative to what was dropped. */
  name: z.string().max(4096),
  reason: z.string().max(500),
})

/** Files that a person dropped or chose, by an opaque handle (S15): names and sizes, no paths. */
export const selectionSchema = z.strictObject({
  selectionId: idSchema,
  /** The first names, relative, for the overlay and the questions. */
  names: z.array(z.string().max(4096)).max(100),
  files: z.number().int().nonnegative(),
  sizeBytes: z.number().int().nonnegative(),
  problems: z.array(selectionProblemSchema).max(1000),
})

/** A selection of one picture that was fetched, and from where; null when the address held its bytes (`data:`). */
export const fetchedSelectionSchema = selectionSchema.extend({ from: z.string().max(2048).nullable() })

/**
 * What a folder is chosen for: to be published, to download into, to run a command in, to read a Django project from, or
 * to write settings to.
 */
export const folderPurposeSchema = z.enum(['sync', 'download', 'command', 'project', 'export'])

/** A folder that a person chose, by an opaque handle which survives a restart. */
export const chosenFolderSchema = z.strictObject({
  folderId: idSchema,
  name: z.string().max(4096),
})

export type FolderPurpose = z.infer<typeof folderPurposeSchema>
export type LocalPath = z.infer<typeof localPathSchema>
export type Selection = z.infer<typeof selectionSchema>
export type FetchedSelection = z.infer<typeof fetchedSelectionSchema>
export type ChosenFolder = z.infer<typeof chosenFolderSchema>
