namespace Sweeps.Orchestrator.Tests.Launching;

/// <summary>The certificates of ops/certificates.sh, as OpenSSL and a real cluster take them.</summary>
public sealed class CertificateTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sweeps-certificates-");

    [Fact]
    public async Task Nodes_of_one_authority_are_a_cluster_and_nodes_without_a_certificate_or_with_a_foreign_one_are_not_in_it()
    {
        var said = await SystemProgram.ClusterScriptAsync("tls.py");
        Assert.EndsWith("the others are not in it\n", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_is_for_a_server_and_a_client_and_another_one_is_of_the_same_authority()
    {
        Assert.Equal(0, (await MakeAsync("one")).ExitCode);
        Assert.Equal(0, (await MakeAsync("two", "one")).ExitCode);
        foreach (var node in new[] { "one", "two" })
        {
            var (_, certificate) = await OpenSslAsync(
                "pkcs12", "-in", File(node + ".p12"), "-passin", $"file:{File("password")}", "-nokeys", "-clcerts");
            await System.IO.File.WriteAllTextAsync(File(node + ".crt"), certificate);
            foreach (var purpose in new[] { "sslserver", "sslclient" })
            {
                var (exitCode, said) = await OpenSslAsync(
                    "verify", "-purpose", purpose, "-CAfile", File("authority.crt"), File(node + ".crt"));
                Assert.True(exitCode == 0, said);
            }
        }
    }

    [Fact]
    public async Task Nobody_else_may_read_what_it_makes()
    {
        await MakeAsync("one");
        foreach (var file in new[] { "authority.key", "password", "one.p12" })
            Assert.Equal((0, "600\n"), await SystemProgram.RunAsync("stat", "--format=%a", File(file)));
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("authority")]
    [InlineData("")]
    public async Task A_name_that_no_node_may_have_is_refused_before_anything_is_made(string name)
    {
        var (exitCode, said) = await MakeAsync("fine", name);
        Assert.Equal(2, exitCode);
        Assert.Contains($"'{name}': expected a node's name", said, StringComparison.Ordinal);
        Assert.Empty(_folder.GetFileSystemInfos());
    }

    [Fact]
    public async Task Half_an_authority_is_refused()
    {
        await System.IO.File.WriteAllTextAsync(File("authority.crt"), "");
        var (exitCode, said) = await MakeAsync("one");
        Assert.Equal(1, exitCode);
        Assert.Contains("has only one of authority.key and authority.crt", said, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string File(string name) => Path.Combine(_folder.FullName, name);

    private Task<(int ExitCode, string Said)> MakeAsync(params string[] nodes) =>
        SystemProgram.RunAsync("bash", [RepositoryFile.Path("ops/certificates.sh"), _folder.FullName, .. nodes]);

    private static Task<(int ExitCode, string Said)> OpenSslAsync(params string[] arguments) =>
        SystemProgram.RunAsync("openssl", arguments);
}
