namespace Sweeps.Actors.Devices;

/// <summary>How <c>sweeps run</c>, <c>node</c> and <c>serve</c> serve the HTTP API.</summary>
public sealed record HttpOptions
{
    /// <summary>Where it listens by default: on this machine only.</summary>
    public const string DefaultAddress = "127.0.0.1:7474";

    /// <summary>In place of an address: nowhere.</summary>
    public const string Off = "off";

    private const int LeastTokenLength = 16;

    /// <summary>
    /// The address and port that it listens on, or <c>off</c>; default 127.0.0.1:7474 or, when that port is taken, the next free one.
    /// Port 0 is any free one.
    /// </summary>
    public string Address { get; init; } = DefaultAddress;

    /// <summary>
    /// What every request must then present, as <c>Authorization: Bearer TOKEN</c>; empty (default) for none to read, and one that is made
    /// anew at each start for commands. At least 16 characters, without blanks.
    /// </summary>
    public string Token { get; init; } = "";

    /// <summary>A file whose only line is the token; empty (default) for none.</summary>
    public string TokenFile { get; init; } = "";

    /// <summary>
    /// Names, beside addresses, localhost and the machine's own name, by which others reach it, such as that of a proxy; default none.
    /// </summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>The certificate of TLS with its private key, a PKCS #12 file; empty (default) for plain HTTP.</summary>
    public string Certificate { get; init; } = "";

    /// <summary>The certificate's password.</summary>
    public string CertificatePassword { get; init; } = "";

    /// <summary>
    /// Folders, absolute, that a sweep may name that is submitted over HTTP: files that it reads must be in one of them. Default none.
    /// </summary>
    public IReadOnlyList<string> AllowedPaths { get; init; } = [];

    /// <summary>
    /// A folder, absolute, in which the process writes a file by which Prometheus finds it; empty (default) for none. The file is gone when
    /// the process has ended in order.
    /// </summary>
    public string DiscoveryFolder { get; init; } = "";

    /// <summary>Whether every request is logged, and not only commands and failures; default no.</summary>
    public bool AccessLog { get; init; }

    /// <summary>Connections at a time; default 1000. Beyond them new ones are closed at once.</summary>
    public int MaxConnections { get; init; } = 1000;

    /// <summary>Streams of events at a time; default 256. Beyond them a request for one is refused.</summary>
    public int MaxEventStreams { get; init; } = 256;

    /// <summary>Bytes of a request's body; default 1 MiB.</summary>
    public int MaxBodyBytes { get; init; } = 1 << 20;

    /// <summary>Whether nothing is to be served.</summary>
    public bool IsOff => Address == Off;

    /// <summary>Whether somebody has chosen a token.</summary>
    public bool HasToken => Token.Length > 0 || TokenFile.Length > 0;

    /// <summary>
    /// What is wrong with these values, one sentence each with the option, the value and what was expected; empty when nothing is.
    /// </summary>
    public IEnumerable<string> Validate()
    {
        var address = HttpAddress.Parse(Address);
        if (!IsOff && address is null) yield return $"address is '{Address}': expected ADDRESS:PORT such as {DefaultAddress}, or {Off}";
        if (address is { IsLoopback: false } && !HasToken)
        {
            yield return $"address is {Address}, which other machines reach, and there is no token: expected token or token_file, or "
                + "127.0.0.1";
        }
        if (Token.Length > 0 && TokenFile.Length > 0) yield return $"token_file is '{TokenFile}' beside token: expected one of the two";
        if (Token.Length > 0 && !IsToken(Token))
            yield return $"token has {Token.Length} characters: expected at least {LeastTokenLength} visible ones of ASCII, without blanks";
        foreach (var host in Hosts.Where(host => Uri.CheckHostName(host) == UriHostNameType.Unknown))
            yield return $"hosts has '{host}': expected a name without a port";
        foreach (var path in AllowedPaths.Where(path => !Path.IsPathFullyQualified(path)))
            yield return $"allowed_paths has '{path}': expected an absolute path";
        if (DiscoveryFolder.Length > 0 && !Path.IsPathFullyQualified(DiscoveryFolder))
            yield return $"discovery_folder is '{DiscoveryFolder}': expected an absolute path";
        if (MaxConnections is < 1 or > 100_000) yield return $"max_connections is {MaxConnections}: expected 1 to 100000";
        if (MaxEventStreams < 0 || MaxEventStreams > MaxConnections)
            yield return $"max_event_streams is {MaxEventStreams}: expected 0 to max_connections ({MaxConnections})";
        if (MaxBodyBytes is < 1024 or > 64 << 20) yield return $"max_body_bytes is {MaxBodyBytes}: expected 1 KiB to 64 MiB";
    }

    /// <summary>Whether a text can be a token.</summary>
    public static bool IsToken(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length >= LeastTokenLength && text.All(c => c is > ' ' and < (char)127);
    }
}
