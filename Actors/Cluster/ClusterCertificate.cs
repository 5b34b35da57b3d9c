using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Akka.Event;
using Akka.Remote.Transport.DotNetty;

namespace Sweeps.Actors.Cluster;

/// <summary>
/// The certificate by which other nodes know this one, and the authorities in its file, which are the only ones that it knows others by.
/// </summary>
/// <remarks>
/// The machine's own list of authorities does not count: whoever has a certificate of any of those could otherwise join. Akka holds the
/// certificate as long as the process lives, so that nothing here is disposed of.
/// </remarks>
internal sealed class ClusterCertificate
{
    // What each node is to others: a server to those that connect to it, a client to those that it connects to.
    private static readonly Oid[] _uses = [new("1.3.6.1.5.5.7.3.1"), new("1.3.6.1.5.5.7.3.2")];

    private readonly X509Certificate2 _own;
    private readonly X509Certificate2Collection _roots;
    private readonly X509Certificate2Collection _between;

    private ClusterCertificate(X509Certificate2 own, X509Certificate2Collection roots, X509Certificate2Collection between) =>
        (_own, _roots, _between) = (own, roots, between);

    /// <summary>What Akka's remoting is made with so that it uses the certificate, and accepts no other node than one of the same
    /// authority.</summary>
    public DotNettySslSetup Setup => new(_own, suppressValidation: false, requireMutualAuthentication: true, Accepts);

    /// <summary>The node's own certificate, with its private key.</summary>
    public X509Certificate2 Own => _own;

    /// <summary>Whether another node's certificate is of this cluster.</summary>
    /// <param name="certificate">the other's; null when it shows none</param>
    /// <param name="chain">what came with it</param>
    public bool Accepts(X509Certificate2? certificate, X509Chain? chain) =>
        certificate is not null && Refusal(certificate, chain?.ChainElements.Select(element => element.Certificate) ?? []) is null;

    /// <summary>Reads the certificate of the options.</summary>
    /// <param name="path">a PKCS #12 file with a certificate, its private key, and the certificate of the authority that signed it</param>
    /// <param name="password">the file's</param>
    /// <exception cref="ArgumentException">it cannot be used; the message names the options</exception>
    public static ClusterCertificate Load(string path, string password)
    {
        X509Certificate2Collection all;
        try
        {
            all = X509CertificateLoader.LoadPkcs12CollectionFromFile(path, password);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw Unusable(path, $"a PKCS #12 file that certificate_password opens: {e.Message}", e);
        }
        var own = all.Where(certificate => certificate.HasPrivateKey).ToList();
        if (own.Count != 1) throw Unusable(path, $"one certificate with its private key, not {own.Count}");
        var others = all.Where(certificate => !certificate.HasPrivateKey).ToList();
        var isRoot = others.ToLookup(other => other.SubjectName.RawData.AsSpan().SequenceEqual(other.IssuerName.RawData));
        if (!isRoot[true].Any()) throw Unusable(path, "the certificate of the authority too, by which other nodes are known");
        var read = new ClusterCertificate(own[0], [.. isRoot[true]], [.. isRoot[false]]);
        return read.Refusal(own[0], []) is { } refusal
            ? throw Unusable(
                path, $"a certificate that the authority in the file has signed for servers and clients, and that is valid now: {refusal}")
            : read;
    }

    /// <summary>Why another node's certificate is not accepted, in the platform's words; null when it is.</summary>
    /// <param name="certificate">the other's</param>
    /// <param name="sent">what came with it, between it and the authority</param>
    internal string? Refusal(X509Certificate2 certificate, IEnumerable<X509Certificate2> sent)
    {
        using var chain = new X509Chain();
        var policy = chain.ChainPolicy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(_roots);
        policy.ExtraStore.AddRange(_between);
        foreach (var other in sent) policy.ExtraStore.Add(other);
        // An authority of one cluster publishes no list; nothing is fetched from anywhere.
        policy.RevocationMode = X509RevocationMode.NoCheck;
        policy.DisableCertificateDownloads = true;
        foreach (var use in _uses) policy.ApplicationPolicy.Add(use);
        return chain.Build(certificate)
            ? null
            : string.Join("; ", chain.ChainStatus.Select(status => status.StatusInformation.Trim()).Distinct());
    }

    private bool Accepts(X509Certificate2? certificate, X509Chain? chain, string remote, SslPolicyErrors errors, ILoggingAdapter log)
    {
        var refusal = certificate is null
            ? "it shows none"
            : Refusal(certificate, chain?.ChainElements.Select(element => element.Certificate) ?? []);
        if (refusal is null) return true;
        log.Warning("The certificate of {0} is not one of this cluster's: {1}", remote, refusal);
        return false;
    }

    private static ArgumentException Unusable(string path, string expected, Exception? cause = null) =>
        new($"cluster.certificate is {path}: expected {expected}", cause);
}
