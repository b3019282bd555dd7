import { Archive, File, FileCode, FileText, Folder, Image, Music, Type, Video } from 'lucide-react'
import { fileIcon } from '../text/file-type.ts'
import './file-mark.css'

const icons = {
  image: Image,
  video: Video,
  audio: Music,
  code: FileCode,
  text: FileText,
  archive: Archive,
  font: Type,
  file: File,
}

/** The icon before a name. */
export function FileMark({ kind, name }: { kind: 'folder' | 'object'; name: string }) {
  if (kind === 'folder') return <Folder size={15} className="file-mark-folder" aria-label="Folder" />
  const Icon = icons[fileIcon(name)]
  return <Icon size={15} className="file-mark" aria-hidden />
}
