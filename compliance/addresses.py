"""Which internet addresses may be called from here. No Django, no network: a table and a question.

Source: IANA's special-purpose registries (RFC 6890 and its updates), and where clouds keep their metadata.
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address


def _networks(text: str) -> tuple[IPv6Network, ...]:
    """IPv4 ones as IPv6 sees them, so that there is one table."""
    return tuple(_wide(word) for word in text.split())


def _wide(word: str) -> IPv6Network:
    network = ip_network(word)
    if isinstance(network, IPv6Network):
        return network
    return IPv6Network((_mapped(network.network_address), network.prefixlen + 96))


def _mapped(address: IPv4Address) -> IPv6Address:
    return IPv6Address(int(address) | 0xFFFF << 32)


# Of this machine or of the house: refused unless the host is on the list of those that may be inside.
INSIDE = _networks("127.0.0.0/8 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 ::1/128 fc00::/7")
# Where clouds hand out keys, apart from link-local addresses.
METADATA = _networks("168.63.129.16/32 192.0.0.192/32 100.100.100.200/32 fd00:ec2::254/128 fd20:ce::254/128")
# Nobody's web server: this network, link-local, protocols, documentation, benchmarks, relays, multicast, reserved; of
# IPv6's public ones Teredo and its kin, documentation, 6to4.
NEVER = METADATA + _networks(
    "0.0.0.0/8 169.254.0.0/16 192.0.0.0/24 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.175.48.0/24"
    " 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4"
    " 2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20"
)
PUBLIC = _networks("2000::/3 0.0.0.0/0")
NAT64 = IPv6Network("64:ff9b::/96")  # an IPv4 address stands in its last 32 bits


def parse(text: str) -> Address:
    """Raises ValueError for what is no address, one with a zone (`fe80::1%eth0`) included."""
    if "%" in text:
        raise ValueError(f"{text!r} names an interface")
    return ip_address(text)


def may_be_called(address: Address, *, inside: bool = False) -> bool:
    """Whether it is a public one; with `inside` also one of the house, but never metadata, multicast and the like."""
    seen = _as_seen(address)
    if _within(seen, NEVER):
        return False
    return (inside and _within(seen, INSIDE)) or (_within(seen, PUBLIC) and not _within(seen, INSIDE))


def _as_seen(address: Address) -> IPv6Address:
    """The address that is reached in the end, IPv4 ones in IPv6."""
    if isinstance(address, IPv4Address):
        return _mapped(address)
    return _mapped(IPv4Address(int(address) & 0xFFFFFFFF)) if address in NAT64 else address


def _within(address: IPv6Address, networks: tuple[IPv6Network, ...]) -> bool:
    return any(address in network for network in networks)
