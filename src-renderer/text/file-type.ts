const kinds: Readonly<Record<string, string>> = {
  html: 'HTML',
  htm: 'HTML',
  css: 'Stylesheet',
  js: 'JavaScript',
  mjs: 'JavaScript',
  json: 'JSON',
  map: 'Source map',
  txt: 'Text',
  md: 'Markdown',
  xml: 'XML',
  csv: 'CSV',
  svg: 'SVG image',
  png: 'PNG image',
  jpg: 'JPEG image',
  jpeg: 'JPEG image',
  gif: 'GIF image',
  webp: 'WebP image',
  avif: 'AVIF image',
  ico: 'Icon',
  pdf: 'PDF',
  zip: 'ZIP archive',
  gz: 'Gzip archive',
  tar: 'Tar archive',
  mp4: 'MP4 video',
  webm: 'WebM video',
  mov: 'QuickTime video',
  mp3: 'MP3 audio',
  wav: 'WAV audio',
  ogg: 'Ogg audio',
  woff: 'Web font',
  woff2: 'Web font',
  ttf: 'Font',
  otf: 'Font',
  wasm: 'WebAssembly',
}

/** What a name's extension suggests, for the Type column; the real Content-Type is in the inspector. */
export function fileType(name: string): string {
  const dot = name.lastIndexOf('.')
  if (dot <= 0) return 'File'
  const extension = name.slice(dot + 1).toLowerCase()
  return kinds[extension] ?? (/^[a-z0-9]{1,8}$/.test(extension) ? `${extension.toUpperCase()} file` : 'File')
}

/** Which icon stands for a name. */
export function fileIcon(
  name: string,
): 'image' | 'video' | 'audio' | 'code' | 'text' | 'archive' | 'font' | 'file' {
  const type = fileType(name)
  if (/image|Icon/.test(type)) return 'image'
  if (type.includes('video')) return 'video'
  if (type.includes('audio')) return 'audio'
  if (/HTML|Stylesheet|JavaScript|JSON|XML|Source map|WebAssembly/.test(type)) return 'code'
  if (/Text|Markdown|CSV|PDF/.test(type)) return 'text'
  if (type.includes('archive')) return 'archive'
  return /font/i.test(type) ? 'font' : 'file'
}
