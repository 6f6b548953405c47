/**
 * Whose address a request comes from. Only listed proxies may speak for a client: the answer is the rightmost hop of
 * X-Forwarded-For that is not one of them, since everything left of it was written by the client. Pure.
 */
import ipaddr from "ipaddr.js";
import { Fault } from "../fault.ts";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** The proxies that may speak for a client, as parsed by `trustedProxies`. */
export interface TrustedProxies {
  /** Whether this address, in any usual form, is one of them. Garbage is not. */
  includes(address: string): boolean;
}

/**
 * The configuration's `trusted_proxies`: addresses and CIDR ranges. Throws CONFIG_INVALID when there is none, when one
 * cannot be read, or when one is so wide (above /8, or /16 of IPv6 that is not private) that strangers are in it.
 */
export function trustedProxies(list: readonly string[]): TrustedProxies {
  if (list.length === 0) throw invalid("it is empty");
  const ranges = list.map(range);
  return {
    includes(text) {
      const address = addressOf(text);
      return address !== undefined && ranges.some(([net, bits]) => within(address, net, bits));
    },
  };
}

/**
 * The client's address: `peer`, unless that is a trusted proxy; then the rightmost hop of `forwardedFor` (the value of
 * X-Forwarded-For, several headers joined by commas) that is none. A chain of proxies alone gives its first one.
 * Undefined when something that decides cannot be read: the caller must refuse. IPv4-mapped IPv6 comes out as IPv4.
 */
export function clientAddress(
  peer: string,
  forwardedFor: string | undefined,
  trusted: TrustedProxies,
): string | undefined {
  let client = addressOf(peer)?.toString();
  if (client === undefined || forwardedFor === undefined) return client;
  let end = forwardedFor.length;
  while (end >= 0 && trusted.includes(client)) {
    const comma = end === 0 ? -1 : forwardedFor.lastIndexOf(",", end - 1);
    const hop = addressOf(withoutPort(forwardedFor.slice(comma + 1, end).trim()));
    if (hop === undefined) return undefined;
    client = hop.toString();
    end = comma;
  }
  return client;
}

/** What attempts from `address` are counted against: IPv4 as it is, IPv6 by its /64, which one customer has whole. */
export function laneAddress(address: string): string {
  const parsed = addressOf(address);
  if (parsed === undefined) throw new TypeError("not an address");
  if (parsed.kind() === "ipv4") return parsed.toString();
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/64`).toString()}/64`;
}

/** An address in its usual forms only: `0x7f.1`, `010.0.0.1` and the like are none. Without its zone. */
function addressOf(text: string): Address | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  if (!text.includes(":") || text.length > 64 || !ipaddr.IPv6.isValid(text)) return undefined;
  const address = ipaddr.IPv6.parse(text.replace(/%.*$/, ""));
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

/** `192.0.2.1:4711`, `[2001:db8::1]:4711` and `[2001:db8::1]`, as some proxies write it, without port and brackets. */
function withoutPort(hop: string): string {
  const [, six, four] = /^(?:\[([^\]]+)\](?::\d{1,5})?|([\d.]+):\d{1,5})$/.exec(hop) ?? [];
  return six ?? four ?? hop;
}

function within(address: Address, net: Address, bits: number): boolean {
  if (address instanceof ipaddr.IPv4) return net instanceof ipaddr.IPv4 && address.match(net, bits);
  return net instanceof ipaddr.IPv6 && address.match(net, bits);
}

function range(text: string): [Address, number] {
  const [, host = "", length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const mapped = ipaddr.IPv6.isValid(host) && ipaddr.IPv6.parse(host).isIPv4MappedAddress();
  const net = addressOf(host);
  if (net === undefined || host.includes("%") || (mapped && length !== undefined))
    throw invalid(`${JSON.stringify(text)} is neither an address nor a CIDR range`);
  const most = net.kind() === "ipv4" ? 32 : 128;
  const bits = length === undefined ? most : Number(length);
  if (bits > most) throw invalid(`${JSON.stringify(text)} has a prefix longer than its address`);
  const narrow = net.kind() === "ipv4" ? bits >= 8 : bits >= 16 || isPrivateSix(net, bits);
  if (!narrow) throw invalid(`${JSON.stringify(text)} is so wide that strangers are in it`);
  const kind = net.range();
  if (kind === "unspecified" || kind === "multicast" || kind === "broadcast")
    throw invalid(`${JSON.stringify(text)} is no address that a proxy can have`);
  const cidr = `${net.toString()}/${bits}`;
  const first =
    net.kind() === "ipv4"
      ? ipaddr.IPv4.networkAddressFromCIDR(cidr)
      : ipaddr.IPv6.networkAddressFromCIDR(cidr);
  // Who writes 10.1.2.3/8 may have meant one host; sixteen million more are not given away on a guess.
  if (first.toString() !== net.toString())
    throw invalid(
      `${JSON.stringify(text)} has bits right of its prefix; the range is ${first.toString()}/${bits}`,
    );
  return [net, bits];
}

/** Unique local and link-local addresses: nobody on the internet has one. */
function isPrivateSix(net: Address, bits: number): boolean {
  return within(net, ipaddr.IPv6.parse("fc00::"), 7)
    ? bits >= 7
    : within(net, ipaddr.IPv6.parse("fe80::"), 10) && bits >= 10;
}

function invalid(what: string): Fault {
  return new Fault(
    "CONFIG_INVALID",
    `trusted_proxies: ${what}`,
    "List the addresses from which your proxies reach the gateway, such as 127.0.0.1 or 10.20.0.0/28.",
  );
}
