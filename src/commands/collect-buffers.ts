/**
 * Keeps the memory of a long stream of buffers level. What a buffer holds lies outside V8's heap, where thousands of
 * dead ones look like a few kilobytes: the collector lets them pile up to some hundred megabytes, more on a busy
 * machine. A minor collection takes a fraction of a millisecond and gives all of them back.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

type Collect = (options: { type: "minor" }) => void;

/** To be told of bytes that have gone by; collects after every `everyBytes` of them. */
export function collectBuffers(everyBytes: number): (bytes: number) => void {
  // As `node --expose-gc` does it, without depending on how the program was started.
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as Collect;
  let since = 0;
  return (bytes) => {
    since += bytes;
    if (since < everyBytes) return;
    since = 0;
    collect({ type: "minor" });
  };
}
