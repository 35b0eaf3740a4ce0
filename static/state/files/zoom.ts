/** A distance, or a place relative to the middle of the view, in px. */
interface Point {
  readonly x: number;
  readonly y: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const MOST = 8;

/** The magnification of a picture beyond its fit, and its offset. Immutable: a change makes a new one. */
export class Zoom {
  /** A picture as it fits. */
  static readonly NONE = new Zoom(1, 0, 0);
  /** 1 as it fits, and up to 8. */
  readonly scale: number;
  readonly #x: number;
  readonly #y: number;

  private constructor(scale: number, x: number, y: number) {
    this.scale = scale;
    this.#x = x;
    this.#y = y;
  }

  /** Whether it can't be larger. */
  get isMost(): boolean {
    return this.scale >= MOST;
  }

  /** The value of the CSS property. */
  get transform(): string {
    return `translate(${this.#x}px, ${this.#y}px) scale(${this.scale})`;
  }

  /**
   * Larger or smaller by a factor.
   *
   * @param at the place that stays where it is; by default the middle
   */
  by(factor: number, at: Point = { x: 0, y: 0 }): Zoom {
    const scale = Math.max(1, Math.min(MOST, this.scale * factor));
    const real = scale / this.scale;
    return new Zoom(scale, at.x - (at.x - this.#x) * real, at.y - (at.y - this.#y) * real);
  }

  /** Moved by a distance. */
  moved(x: number, y: number): Zoom {
    return new Zoom(this.scale, this.#x + x, this.#y + y);
  }

  /** The nearest to this that shows no empty space which the picture could fill. */
  within(view: Size, picture: Size): Zoom {
    const fit = Math.min(1, view.width / picture.width, view.height / picture.height);
    const clamp = (at: number, inView: number, whole: number): number => {
      const most = Math.max(0, (whole * fit * this.scale - inView) / 2);
      return Math.max(-most, Math.min(most, at));
    };
    return new Zoom(
      this.scale,
      clamp(this.#x, view.width, picture.width),
      clamp(this.#y, view.height, picture.height),
    );
  }
}
