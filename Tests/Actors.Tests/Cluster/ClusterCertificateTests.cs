using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sweeps.Actors.Cluster;
using Sweeps.Actors.Cluster.Artifacts;
using Sweeps.Actors.Tests.Cluster.Artifacts;
using Sweeps.Files;
using Sweeps.Tests;

namespace Sweeps.Actors.Tests.Cluster;

/// <summary>Which certificate files a node takes, and which certificates of others it accepts.</summary>
public sealed class ClusterCertificateTests : IDisposable
{
    private const string Server = "1.3.6.1.5.5.7.3.1";
    private const string Client = "1.3.6.1.5.5.7.3.2";
    private const string Password = "correct";

    private static readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();

    private readonly X509Certificate2 _authority = Authority("CN=one");
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sweeps-certificate-");

    [Fact]
    public void A_certificate_of_the_same_authority_is_accepted_whatever_its_host()
    {
        var own = ClusterCertificate.Load(Write(Issue("CN=here"), _authority), Password);
        Assert.Null(own.Refusal(Issue("CN=there"), []));
    }

    [Fact]
    public void A_certificate_of_an_authority_of_the_same_name_is_refused()
    {
        var own = ClusterCertificate.Load(Write(Issue("CN=here"), _authority), Password);
        using var other = Authority("CN=one");
        Assert.NotNull(own.Refusal(Issue("CN=there", authority: other), [other]));
    }

    [Fact]
    public void A_certificate_that_signed_itself_is_refused()
    {
        var own = ClusterCertificate.Load(Write(Issue("CN=here"), _authority), Password);
        using var alone = Authority("CN=alone");
        Assert.NotNull(own.Refusal(alone, []));
    }

    [Fact]
    public void A_certificate_that_has_run_out_or_is_for_servers_alone_is_refused()
    {
        var own = ClusterCertificate.Load(Write(Issue("CN=here"), _authority), Password);
        Assert.NotNull(own.Refusal(Issue("CN=there", until: _now.AddDays(-1)), []));
        Assert.NotNull(own.Refusal(Issue("CN=there", uses: [Server]), []));
    }

    [Fact]
    public async Task Files_are_given_to_nodes_of_the_same_authority_and_taken_from_them_alone()
    {
        using var other = Authority("CN=other");
        var ours = ClusterCertificate.Load(Write(Issue("CN=here"), _authority), Password);
        var second = ClusterCertificate.Load(Write(Issue("CN=there"), _authority), Password);
        var foreign = ClusterCertificate.Load(Write(Issue("CN=far", authority: other), WithoutKey(other)), Password);
        await using var node = await GivingNode.StartAsync(ours);
        var artifact = node.Give("a", 1000);
        var here = new ArtifactStore(node.Path("here"));
        Fetch(second, node.Address);
        File.Delete(here.FullPath("a"));
        Assert.Throws<JobFailedException>(() => Fetch(foreign, node.Address));
        Assert.Throws<JobFailedException>(() => Fetch(null, node.Address));
        await using var stranger = await GivingNode.StartAsync(foreign);
        stranger.Give("a", 1000);
        Assert.Throws<JobFailedException>(() => Fetch(second, stranger.Address));
        Assert.False(File.Exists(here.FullPath("a")));

        void Fetch(ClusterCertificate? certificate, string from)
        {
            using var client = new ArtifactClient(certificate, new ImpatientTime());
            client.Fetch(from, artifact, here, CancellationToken.None);
        }
    }

    [Fact]
    public void A_file_that_a_node_cannot_use_is_refused_with_what_was_expected()
    {
        Refused("one certificate with its private key, not 0", Write(WithoutKey(_authority)));
        Refused("one certificate with its private key, not 2", Write(Issue("CN=here"), Issue("CN=there"), _authority));
        Refused("the certificate of the authority too, by which other nodes are known", Write(Issue("CN=here")));
        const string Signed = "a certificate that the authority in the file has signed for servers and clients, and that is valid now";
        using var other = Authority("CN=other");
        Refused(Signed, Write(Issue("CN=here"), WithoutKey(other)));
        Refused(Signed, Write(Issue("CN=here", until: _now.AddDays(-1)), _authority));
        Refused(Signed, Write(Issue("CN=here", uses: [Client]), _authority));
        var path = Path.Combine(_folder.FullName, "text");
        File.WriteAllText(path, "no certificate");
        Refused("a PKCS #12 file that certificate_password opens", path);
    }

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }

    private static void Refused(string expected, string path) => Assert.StartsWith(
        $"cluster.certificate is {path}: expected {expected}",
        Assert.Throws<ArgumentException>(() => ClusterCertificate.Load(path, Password)).Message, StringComparison.Ordinal);

    /// <summary>The certificate as everybody may know it.</summary>
    private static X509Certificate2 WithoutKey(X509Certificate2 certificate) =>
        X509CertificateLoader.LoadCertificate(certificate.RawData);

    private static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        return request.CreateSelfSigned(_now.AddDays(-10), _now.AddDays(10));
    }

    private X509Certificate2 Issue(
        string name, DateTimeOffset? until = null, string[]? uses = null, X509Certificate2? authority = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        OidCollection all = [];
        foreach (var use in uses ?? [Server, Client]) all.Add(new Oid(use));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(all, false));
        using var certificate = request.Create(
            authority ?? _authority, _now.AddDays(-9), until ?? _now.AddDays(9), RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }

    /// <summary>A file with these; of the authority only what everybody may know.</summary>
    private string Write(params X509Certificate2[] certificates)
    {
        X509Certificate2Collection all =
            [.. certificates.Select(certificate => certificate == _authority ? WithoutKey(certificate) : certificate)];
        var path = Path.Combine(_folder.FullName, Guid.NewGuid().ToString("N"));
        File.WriteAllBytes(path, all.Export(X509ContentType.Pkcs12, Password)!);
        return path;
    }
}
