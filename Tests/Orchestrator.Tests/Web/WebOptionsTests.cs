using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sweeps.Orchestrator.Tests.Web;

/// <summary>A certificate and a file with the token, as the options name them.</summary>
public sealed class WebOptionsTests : IDisposable
{
    private const string Password = "of the file";

    private readonly string _folder = Directory.CreateTempSubdirectory("web-options").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task With_a_certificate_it_speaks_tls_and_shows_that_one()
    {
        var (path, thumbprint) = Certificate();
        await using var api = await ServedApi.StartAsync(
            new FakeSource(_folder), http => http with { Certificate = path, CertificatePassword = Password });
        Assert.Equal("https", api.Url.Scheme);
        string? shown = null;
        using var handler = new HttpClientHandler();
        handler.ServerCertificateCustomValidationCallback = (_, certificate, _, _) =>
        {
            shown = certificate!.Thumbprint;
            return true;
        };
        using var client = new HttpClient(handler) { BaseAddress = api.Url };
        Assert.Contains("live", await client.GetStringAsync("/health/live"), StringComparison.Ordinal);
        Assert.Equal(thumbprint, shown);
        await Assert.ThrowsAsync<HttpRequestException>(() => api.Client.GetStringAsync("/health/live"));
    }

    [Fact]
    public async Task A_certificate_that_cannot_be_read_is_said_at_once()
    {
        var (path, _) = Certificate();
        var thrown = await Assert.ThrowsAsync<Orchestrator.Web.WebException>(() => ServedApi.StartAsync(
            new FakeSource(_folder), http => http with { Certificate = path, CertificatePassword = "another" }));
        Assert.StartsWith($"http.certificate is {path}, which cannot be read as PKCS #12: ", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_may_hold_the_token()
    {
        var path = Path.Combine(_folder, "token");
        await File.WriteAllTextAsync(path, "0123456789abcdef-of-a-file\n");
        await using var api = await ServedApi.StartAsync(new FakeSource(_folder), http => http with { TokenFile = path });
        Assert.Equal(HttpStatusCode.Unauthorized, (await api.SendAsync(new(HttpMethod.Get, "/api/v1"))).Status);
        var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "0123456789abcdef-of-a-file");
        Assert.Equal(HttpStatusCode.OK, (await api.SendAsync(request)).Status);
    }

    [Theory]
    [InlineData(null, "which cannot be read: ")]
    [InlineData("short", "expected one line of at least 16 visible characters of ASCII, without blanks")]
    [InlineData("0123456789abcdef\n0123456789abcdef", "expected one line of at least 16 visible characters of ASCII, without blanks")]
    public async Task A_file_without_a_token_is_said_at_once(string? text, string problem)
    {
        var path = Path.Combine(_folder, "token");
        if (text is not null) await File.WriteAllTextAsync(path, text);
        var thrown = await Assert.ThrowsAsync<Orchestrator.Web.WebException>(
            () => ServedApi.StartAsync(new FakeSource(_folder), http => http with { TokenFile = path }));
        Assert.StartsWith($"http.token_file is {path}", thrown.Message, StringComparison.Ordinal);
        Assert.Contains(problem, thrown.Message, StringComparison.Ordinal);
    }

    private (string Path, string Thumbprint) Certificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=sweeps", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var made = request.CreateSelfSigned(new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new(2099, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var path = Path.Combine(_folder, "certificate.p12");
        File.WriteAllBytes(path, made.Export(X509ContentType.Pkcs12, Password));
        return (path, made.Thumbprint);
    }
}
