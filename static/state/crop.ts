/** The most by which a part is made larger than the largest square. */
export const MOST_ZOOM = 8;

/** The square part of a picture that is kept, in pixels of the picture. Immutable: a change makes a new one. */
export class Crop {
  readonly #width: number;
  readonly #height: number;
  /** The part is so many times smaller than the largest square; from 1 to {@linkcode MOST_ZOOM}. */
  readonly zoom: number;
  /** Its left and upper edges. */
  readonly x: number;
  readonly y: number;

  private constructor(width: number, height: number, zoom: number, x: number, y: number) {
    this.#width = width;
    this.#height = height;
    this.zoom = Math.max(1, Math.min(MOST_ZOOM, zoom));
    const { side } = this;
    this.x = Math.max(0, Math.min(width - side, x));
    this.y = Math.max(0, Math.min(height - side, y));
  }

  /** The largest square, in the middle. */
  static of({ width, height }: { readonly width: number; readonly height: number }): Crop {
    const side = Math.min(width, height);
    return new Crop(width, height, 1, (width - side) / 2, (height - side) / 2);
  }

  /** Its size. */
  get side(): number {
    return Math.min(this.#width, this.#height) / this.zoom;
  }

  /** Moves the picture below it, by parts of its side: to the right and down. */
  moved(right: number, down: number): Crop {
    const { side } = this;
    return this.#with(this.zoom, this.x - right * side, this.y - down * side);
  }

  /** Makes it smaller or larger, about its middle. */
  zoomed(zoom: number): Crop {
    const side = Math.min(this.#width, this.#height) / Math.max(1, Math.min(MOST_ZOOM, zoom));
    const shift = (this.side - side) / 2;
    return this.#with(zoom, this.x + shift, this.y + shift);
  }

  #with(zoom: number, x: number, y: number): Crop {
    return new Crop(this.#width, this.#height, zoom, x, y);
  }
}
