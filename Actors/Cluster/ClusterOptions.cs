namespace Sweeps.Actors.Cluster;

/// <summary>How a node takes part in a cluster; only <c>sweeps node</c> does.</summary>
public sealed record ClusterOptions
{
    /// <summary>The role of a node that may coordinate the cluster.</summary>
    public const string Orchestrator = "orchestrator";

    /// <summary>The role of a node whose devices run jobs.</summary>
    public const string Device = "device";

    /// <summary>The node's name, unique in the cluster; empty (default) for the machine's.</summary>
    public string Name { get; init; } = "";

    /// <summary>What it does: orchestrator (it may coordinate the cluster), device (its devices run jobs); default both.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [Orchestrator, Device];

    /// <summary>The address that it listens on, and by which the other nodes reach it; default 127.0.0.1, this machine only.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>The port that it listens on; default 4053.</summary>
    public int Port { get; init; } = 4053;

    /// <summary>
    /// The nodes, as host:port, that a node asks to join; the first of them founds the cluster. Empty (default): the nodes that are noted
    /// in
    /// the database.
    /// </summary>
    public IReadOnlyList<string> SeedNodes { get; init; } = [];

    /// <summary>
    /// The folder with the folders of all sweeps, absolute, which all nodes see; with <see cref="Shared"/> = false all orchestrator nodes,
    /// and of a node that is none a folder of its own, for its cache.
    /// </summary>
    public string Folder { get; init; } = "";

    /// <summary>
    /// Whether all nodes see <see cref="Folder"/>; default yes. If not, nodes fetch the files of jobs from each other by their digests.
    /// </summary>
    public bool Shared { get; init; } = true;

    /// <summary>The port by which other nodes fetch files of this one, unless the folder is shared; default 4054.</summary>
    public int ArtifactPort { get; init; } = 4054;

    /// <summary>
    /// Bytes of files that a node with a folder of its own keeps there, beside what its jobs need at the moment; default 64 GiB. What was
    /// not used for longest goes first.
    /// </summary>
    public long CacheBytes { get; init; } = 64L << 30;

    /// <summary>A folder of this machine for what is the node's own, such as the socket that takes commands, absolute.</summary>
    public string State { get; init; } = "/var/lib/sweeps";

    /// <summary>
    /// How long the lease of the node that coordinates is valid unless it is renewed; default 8 s. Nobody else coordinates before it has
    /// lapsed.
    /// </summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>How long what nodes see of each other must be stable before unreachable ones are removed; default 3 s.</summary>
    public TimeSpan StableAfter { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long a node may be silent before the others take it to be unreachable; default 2 s.</summary>
    public TimeSpan AcceptableHeartbeatPause { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The certificate by which nodes know each other, with its private key, as a PKCS #12 file; empty (default) for none: then whoever
    /// reaches the port is trusted.
    /// </summary>
    public string Certificate { get; init; } = "";

    /// <summary>The certificate's password.</summary>
    public string CertificatePassword { get; init; } = "";

    /// <summary>
    /// Whether a node without a certificate may listen on an address that other machines reach; default no. Whoever reaches the port can
    /// make the cluster run anything.
    /// </summary>
    public bool TrustNetwork { get; init; }

    /// <summary>The node's name.</summary>
    internal string NodeName => Name.Length > 0 ? Name : Environment.MachineName;

    /// <summary>How long a device process bears to hear nothing of its node: less than until its job may be given to another.</summary>
    public TimeSpan BearableSilence => AcceptableHeartbeatPause + StableAfter + TimeSpan.FromSeconds(5);

    /// <summary>How long after a node was removed its devices' jobs are given to others.</summary>
    internal static TimeSpan Margin { get; } = TimeSpan.FromSeconds(8);

    internal bool IsOrchestrator => Roles.Contains(Orchestrator);

    internal bool IsDevice => Roles.Contains(Device);

    /// <summary>Whether the folder is this node's alone: what its jobs read is fetched, and what they write is fetched from it.</summary>
    public bool HasOwnFolder => !Shared && !IsOrchestrator;

    /// <summary>Where other nodes fetch files of this one.</summary>
    internal string ArtifactAddress => $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{ArtifactPort}";

    /// <summary>
    /// What is wrong with these values, one sentence each with the option, the value and what was expected; empty when nothing is.
    /// </summary>
    public IEnumerable<string> Validate()
    {
        if (!IsName(NodeName)) yield return $"name is '{NodeName}': expected letters, digits, '-', '_' and '.', at most 32";
        if (Roles.Count == 0) yield return $"roles is empty: expected {Orchestrator}, {Device} or both";
        foreach (var role in Roles.Where(role => role is not (Orchestrator or Device)))
            yield return $"roles has {role}: expected {Orchestrator} or {Device}";
        if (Uri.CheckHostName(Host) == UriHostNameType.Unknown) yield return $"host is '{Host}': expected a name or an address";
        if (Port is < 1 or > 65535) yield return $"port is {Port}: expected 1 to 65535";
        if (ArtifactPort is < 1 or > 65535) yield return $"artifact_port is {ArtifactPort}: expected 1 to 65535";
        if (!Shared && ArtifactPort == Port) yield return $"artifact_port is {ArtifactPort}, as port is: expected another";
        if (CacheBytes < 1 << 20) yield return $"cache_bytes is {CacheBytes}: expected at least 1 MiB";
        foreach (var seed in SeedNodes.Where(seed => !IsAddress(seed))) yield return $"seed_nodes has {seed}: expected host:port";
        if (Folder.Length > 0 && !Path.IsPathFullyQualified(Folder)) yield return $"folder is '{Folder}': expected an absolute path";
        if (!Path.IsPathFullyQualified(State)) yield return $"state is '{State}': expected an absolute path";
        if (LeaseDuration < TimeSpan.FromSeconds(2) || LeaseDuration > TimeSpan.FromHours(1))
            yield return $"lease_duration is {LeaseDuration}: expected 2 s to an hour";
        if (StableAfter < TimeSpan.FromSeconds(1) || StableAfter > TimeSpan.FromMinutes(10))
            yield return $"stable_after is {StableAfter}: expected 1 s to 10 minutes";
        if (AcceptableHeartbeatPause < TimeSpan.FromSeconds(1) || AcceptableHeartbeatPause > TimeSpan.FromMinutes(10))
            yield return $"acceptable_heartbeat_pause is {AcceptableHeartbeatPause}: expected 1 s to 10 minutes";
    }

    /// <summary>What a node lacks that has these values, as <see cref="Validate"/> says it.</summary>
    public IEnumerable<string> Lacks()
    {
        if (Folder.Length == 0) yield return "folder is empty: expected the absolute path of the folder of all sweeps";
        if (Certificate.Length == 0 && !TrustNetwork && !IsLoopback(Host))
        {
            yield return $"host is {Host}, which other machines reach, and certificate is empty: expected a certificate, or "
                + $"trust_network = "
                + "true where nobody else reaches the port";
        }
        if (Certificate.Length > 0 && !File.Exists(Certificate)) yield return $"certificate is {Certificate}: expected a file";
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= 32 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private static bool IsLoopback(string host) =>
        host == "localhost" || (System.Net.IPAddress.TryParse(host, out var address) && System.Net.IPAddress.IsLoopback(address));

    private static bool IsAddress(string seed)
    {
        var colon = seed.LastIndexOf(':');
        return colon > 0 && Uri.CheckHostName(seed[..colon]) != UriHostNameType.Unknown
            && int.TryParse(seed.AsSpan(colon + 1), System.Globalization.NumberStyles.None, null, out var port)
                && port is >= 1 and <= 65535;
    }
}
