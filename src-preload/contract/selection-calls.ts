import { z } from 'zod'
import type { Call, CallSchemas } from './call.ts'
import type { ChosenFolder, FetchedSelection, FolderPurpose, LocalPath, Selection } from './selection.ts'
import {
  chosenFolderSchema,
  fetchedSelectionSchema,
  folderPurposeSchema,
  localPathSchema,
  selectionSchema,
} from './selection.ts'

/** Local files and folders, which the window knows by handles only (S15). */
export interface SelectionCalls<Source> {
  /** Turns dropped files into a selection. */
  registerDrop: Call<{ sources: Source[] }, Selection>
  /** Turns bytes without a file, as a picture of the clipboard, into a selection; in base64, together at most 32 MiB. */
  registerPaste: Call<{ files: { name: string; base64: string }[] }, Selection>
  /**
   * Fetches a raster picture from an address (http, https or data) that a person dropped on the window, as a file that can
   * be uploaded like others. `picture-not-fetched` says why it was not.
   */
  fetchPicture: Call<{ address: string }, FetchedSelection>
  /** The system's dialog; null when the person cancels. */
  chooseFiles: Call<{ kind: 'files' | 'folder' }, Selection | null>
  /** The system's dialog, or a typed path where there is none (browser host); null when the person cancels. */
  chooseFolder: Call<{ purpose: FolderPurpose; typedPath: string | null }, ChosenFolder | null>
}

/** The shape of every argument and every answer of {@link SelectionCalls}. */
export const selectionCallSchemas: CallSchemas<SelectionCalls<LocalPath>> = {
  registerDrop: {
    input: z.strictObject({ sources: z.array(localPathSchema).min(1).max(20_000) }),
    output: selectionSchema,
  },
  registerPaste: {
    input: z.strictObject({
      files: z
        .array(
          z.strictObject({
            name: z.string().min(1).max(255),
            base64: z.string().max(45_000_000),
          }),
        )
        .min(1)
        .max(100),
    }),
    output: selectionSchema,
  },
  fetchPicture: {
    input: z.strictObject({ address: z.string().min(1).max(45_000_000) }),
    output: fetchedSelectionSchema,
  },
  chooseFiles: {
    input: z.strictObject({ kind: z.enum(['files', 'folder']) }),
    output: selectionSchema.nullable(),
  },
  chooseFolder: {
    input: z.strictObject({
      purpose: folderPurposeSchema,
      typedPath: z.string().max(4096).nullable(),
    }),
    output: chosenFolderSchema.nullable(),
  },
}
