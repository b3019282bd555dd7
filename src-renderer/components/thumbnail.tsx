import { useEffect, useRef } from 'react'
import './thumbnail.css'

/** A small picture in the place of a file's icon; the name beside it says what it is. */
export function Thumbnail({ picture }: { picture: ImageBitmap }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    canvas.current?.getContext('2d')?.drawImage(picture, 0, 0)
  }, [picture])
  return (
    <canvas ref={canvas} className="thumbnail" width={picture.width} height={picture.height} aria-hidden />
  )
}
