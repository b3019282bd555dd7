import { useEffect, useState } from 'react'
import type { WantedVisibility } from '../../../src-preload/contract/visibility.ts'
import type { UploadTarget } from '../../stores/upload-rules.ts'
import { draggedAddress } from '../../stores/dragged-address.ts'
import { defaultVisibility, namingOf, stripsMetadata } from '../../stores/upload-rules.ts'
import { formatBytes, formatCount } from '../../text/format.ts'
import { namingText } from '../../text/upload-text.ts'
import { visibleName } from '../../text/visible-name.ts'
import { announceDone } from '../announce.ts'
import { useWindow } from '../window-context.ts'
import { UploadWords } from './upload-words.tsx'
import './upload.css'

/** What a drag is about, while it is over the window. */
interface Drag {
  /** The address of a picture in a web page, and no file. */
  readonly isAddress: boolean
  readonly files: number
  /** Of all files together; null where the browser does not tell before the drop. */
  readonly sizeBytes: number | null
  readonly target: UploadTarget | null
  /** Whether there is no target because something else is being asked. */
  readonly isAsking: boolean
  readonly flipped: boolean
}

/**
 * Takes files and pictures dropped anywhere on the window, and pictures pasted into it. While they are above it, says
 * exactly where they will go and whether the public will be able to read them; Alt flips that.
 */
export function DropOverlay() {
  const { stores, commands } = useWindow()
  const [drag, setDrag] = useState<Drag | null>(null)

  useEffect(() => {
    // Entering a child fires before leaving its parent, hence a count.
    let depth = 0
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true
    // A picture dragged out of a web page may come as its address alone; what is dragged within the window is not meant.
    let isOwn = false
    const start = () => (isOwn = true)
    const end = () => (isOwn = false)
    const isAddress = (event: DragEvent) =>
      !isOwn && !hasFiles(event) && event.dataTransfer?.types.includes('text/uri-list') === true
    const isTaken = (event: DragEvent) => hasFiles(event) || isAddress(event)
    const enter = (event: DragEvent) => {
      if (!isTaken(event)) return
      event.preventDefault()
      depth += 1
      show(event)
    }
    const show = (event: DragEvent) => {
      const items = [...(event.dataTransfer?.items ?? [])].filter((item) => item.kind === 'file')
      setDrag({
        isAddress: isAddress(event),
        files: items.length,
        sizeBytes: bytesOf(items),
        target: dropTarget(),
        isAsking: isAsking(),
        flipped: event.altKey,
      })
    }
    const over = (event: DragEvent) => {
      if (!isTaken(event)) return
      event.preventDefault()
      const target = dropTarget()
      if (event.dataTransfer !== null) event.dataTransfer.dropEffect = target === null ? 'none' : 'copy'
      setDrag((before) =>
        before === null || before.flipped === event.altKey ? before : { ...before, flipped: event.altKey },
      )
    }
    const leave = (event: DragEvent) => {
      if (!isTaken(event)) return
      depth = Math.max(0, depth - 1)
      if (depth === 0) setDrag(null)
    }
    const drop = (event: DragEvent) => {
      if (!isTaken(event)) return
      event.preventDefault()
      depth = 0
      setDrag(null)
      const target = dropTarget()
      if (target === null || event.dataTransfer === null) return
      const visibility = wantedVisibility(target, event.altKey)
      if (isAddress(event)) {
        dropAddress(draggedAddress(event.dataTransfer), target, visibility)
        return
      }
      const sources = [...event.dataTransfer.files]
      if (sources.length === 0) return
      void stores.uploads
        .getState()
        .drop(sources, target, visibility, commands.linkExpiry())
        .then(commands.fail)
    }
    const dropAddress = (address: string | null, target: UploadTarget, visibility: WantedVisibility) => {
      if (address !== null)
        void stores.uploads
          .getState()
          .fetch(address, target, visibility, commands.linkExpiry())
          .then(commands.fail)
      else
        announceDone({
          title: 'That is neither a file nor a picture',
          body: 'Files and pictures can be dropped here, also from a web page.',
        })
    }
    // With a dialog open nothing is taken: the person is being asked something else.
    const isAsking = () => {
      const { pending, reading } = stores.uploads.getState()
      const isPending = pending !== null && pending.step !== 'announced'
      const { dialog, syncQuestion } = stores.view.getState()
      return dialog !== null || syncQuestion !== null || isPending || reading !== null
    }
    const dropTarget = () => (isAsking() ? null : commands.uploadTarget())

    const paste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])]
      const { target: element } = event
      // Text goes where the cursor is.
      const isTyping = element instanceof HTMLElement && element.closest('input, textarea') !== null
      if (files.length === 0 || isTyping) return
      const target = dropTarget()
      if (target === null) return
      event.preventDefault()
      void stores.uploads.getState().paste(files, target, new Date()).then(commands.fail)
    }

    window.addEventListener('paste', paste)
    window.addEventListener('dragstart', start)
    window.addEventListener('dragend', end)
    window.addEventListener('dragenter', enter)
    window.addEventListener('dragover', over)
    window.addEventListener('dragleave', leave)
    window.addEventListener('drop', drop)
    return () => {
      window.removeEventListener('paste', paste)
      window.removeEventListener('dragstart', start)
      window.removeEventListener('dragend', end)
      window.removeEventListener('dragenter', enter)
      window.removeEventListener('dragover', over)
      window.removeEventListener('dragleave', leave)
      window.removeEventListener('drop', drop)
    }
  }, [stores, commands])

  if (drag === null) return null
  return (
    <div className="drop-overlay" aria-live="polite">
      <div className="drop-words">
        <DropWords drag={drag} />
      </div>
    </div>
  )
}

function DropWords({ drag }: { drag: Drag }) {
  if (drag.target === null) {
    return (
      <>
        <strong>Files cannot be dropped here</strong>
        <span className="muted">
          {drag.isAsking
            ? 'Finish what is being asked first.'
            : 'Open a bucket or a media destination first.'}
        </span>
      </>
    )
  }
  const visibility = wantedVisibility(drag.target, drag.flipped)
  const { target } = drag
  const other = wantedVisibility(target, !drag.flipped)
  const naming = namingText(namingOf(target))
  const count = drag.isAddress
    ? 'Picture from the web'
    : drag.files > 0
      ? formatCount(drag.files, 'item')
      : 'Files'
  return (
    <>
      <UploadWords
        target={target}
        visibility={visibility}
        what={drag.sizeBytes === null ? count : `${count}, ${formatBytes(drag.sizeBytes)}`}
      />
      {naming === null ? null : <span className="small">{visibleName(naming)}</span>}
      {stripsMetadata({ target, visibility }) ? (
        <span className="small">Location and other metadata will be removed from pictures</span>
      ) : null}
      <span className="small">
        {drag.flipped ? 'Let go of Alt' : 'Hold Alt'} to make{' '}
        {drag.files === 1 || drag.isAddress ? 'it' : 'them'} {other}
      </span>
    </>
  )
}

/** Most browsers tell sizes only at the drop, and of folders never. */
function bytesOf(items: readonly DataTransferItem[]): number | null {
  const files = items.map((item) => item.getAsFile())
  const sizes = files.map((file) => (file === null || file.size === 0 ? null : file.size))
  return sizes.length === 0 || sizes.includes(null)
    ? null
    : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0)
}

function wantedVisibility(target: UploadTarget, flipped: boolean): WantedVisibility {
  const usual = defaultVisibility(target)
  if (!flipped) return usual
  return usual === 'public' ? 'private' : 'public'
}
