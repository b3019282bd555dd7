import { ChevronDown, Upload } from 'lucide-react'
import { Menu } from '../components/menu.tsx'
import { useWindow } from './window-context.ts'

/** The primary action of a list of objects: what can be uploaded to where the window is. */
export function UploadButton() {
  const { commands } = useWindow()
  return (
    <Menu
      align="end"
      trigger={
        <button type="button" className="button button-primary">
          <Upload size={15} aria-hidden />
          <span>Upload</span>
          <ChevronDown size={13} aria-hidden />
        </button>
      }
      entries={[
        { kind: 'item', label: 'Upload files…', onSelect: () => void commands.upload('files') },
        { kind: 'item', label: 'Upload folder…', onSelect: () => void commands.upload('folder') },
        { kind: 'item', label: 'Request an upload…', onSelect: () => commands.requestUpload() },
      ]}
    />
  )
}
