using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Sweeps.Actors.Devices;

/// <summary>Where the HTTP API listens, written as <c>127.0.0.1:7474</c>, <c>[::1]:7474</c> or <c>localhost:7474</c>.</summary>
/// <param name="Address">the address of one interface, or that of all of them</param>
/// <param name="Port">0 for any that is free</param>
public readonly record struct HttpAddress(IPAddress Address, int Port)
{
    /// <summary>Whether only this machine reaches it.</summary>
    public bool IsLoopback => IPAddress.IsLoopback(Address);

    /// <summary>The address that a text means; null when it is none.</summary>
    public static HttpAddress? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port > IPEndPoint.MaxPort) return null;
        var host = text[..colon];
        if (host == "localhost") return new HttpAddress(IPAddress.Loopback, port);
        var isV6 = host.StartsWith('[') && host.EndsWith(']');
        // IPAddress takes 1 and 0x7f000001 as addresses too: nobody means them.
        return IPAddress.TryParse(isV6 ? host[1..^1] : host, out var address)
            && isV6 == (address.AddressFamily == AddressFamily.InterNetworkV6) && (isV6 || host.Count(c => c == '.') == 3)
            ? new HttpAddress(address, port)
            : null;
    }

    /// <inheritdoc/>
    public override string ToString() => new IPEndPoint(Address, Port).ToString();
}
