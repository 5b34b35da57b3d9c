using System.Net;
using System.Net.Sockets;
using Sweeps.Actors.Devices;
using Sweeps.Orchestrator.Web;

namespace Sweeps.Orchestrator.Tests.Web;

/// <summary>Where the API listens.</summary>
public sealed class WebPortTests
{
    [Theory]
    [InlineData("127.0.0.1:7474", "127.0.0.1:7474")]
    [InlineData("localhost:80", "127.0.0.1:80")]
    [InlineData("0.0.0.0:0", "0.0.0.0:0")]
    [InlineData("[::1]:65535", "[::1]:65535")]
    public void An_address_is_an_interface_and_a_port(string text, string expected) =>
        Assert.Equal(expected, HttpAddress.Parse(text)?.ToString());

    [Theory]
    [InlineData("")]
    [InlineData("7474")]
    [InlineData(":7474")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("127.0.0.1:-1")]
    [InlineData("127.1:80")]
    [InlineData("::1:80")]
    [InlineData("host.example:80")]
    [InlineData("http://127.0.0.1:80")]
    public void Anything_else_is_none(string text) => Assert.Null(HttpAddress.Parse(text));

    [Fact]
    public void Other_machines_are_listened_to_with_a_token_only()
    {
        Assert.Equal(
        [
            "address is 0.0.0.0:7474, which other machines reach, and there is no token: expected token or token_file, or 127.0.0.1",
        ],
        new HttpOptions { Address = "0.0.0.0:7474" }.Validate());
        Assert.Empty(new HttpOptions { Address = "0.0.0.0:7474", Token = "0123456789abcdef" }.Validate());
        Assert.Empty(new HttpOptions { Address = HttpOptions.Off }.Validate());
        Assert.Empty(new HttpOptions().Validate());
    }

    [Fact]
    public void Wrong_options_are_told_with_what_was_expected() => Assert.Equal(
    [
        "address is 'here': expected ADDRESS:PORT such as 127.0.0.1:7474, or off",
        "token_file is '/x' beside token: expected one of the two",
        "token has 5 characters: expected at least 16 visible ones of ASCII, without blanks",
        "hosts has 'a b': expected a name without a port",
        "allowed_paths has 'data': expected an absolute path",
        "max_connections is 0: expected 1 to 100000",
        "max_event_streams is 256: expected 0 to max_connections (0)",
        "max_body_bytes is 1: expected 1 KiB to 64 MiB",
    ],
    new HttpOptions
    {
        Address = "here",
        Token = "short",
        TokenFile = "/x",
        Hosts = ["a b"],
        AllowedPaths = ["data"],
        MaxConnections = 0,
        MaxBodyBytes = 1,
    }.Validate());

    [Fact]
    public void A_taken_port_that_was_chosen_is_said_at_once()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var address = taken.LocalEndpoint.ToString()!;
        var thrown = Assert.Throws<Orchestrator.Web.WebException>(() => WebPort.Take(new HttpOptions { Address = address }));
        Assert.Equal(
            $"the API cannot be served at http.address {address}: another process listens there: expected a free port, 0 for any, or off",
            thrown.Message);
    }

    [Fact]
    public void Where_the_usual_port_is_taken_the_next_free_one_is()
    {
        using var first = WebPort.Take(new HttpOptions())!;
        using var second = WebPort.Take(new HttpOptions())!;
        Assert.InRange(first.Address.Port, 7474, 7573);
        Assert.InRange(second.Address.Port, first.Address.Port + 1, 7573);
        Assert.Equal($"http://127.0.0.1:{second.Address.Port}/", second.Url.ToString());
        Assert.Null(WebPort.Take(new HttpOptions { Address = HttpOptions.Off }));
    }
}
