//! A real OTLP receiver over gRPC and HTTP, on threads that nothing of the test's subscriber reaches.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::TcpListener;
use tonic::{Request, Response, Status};

/// What has been received, and where.
#[derive(Debug)]
pub(crate) struct Receiver {
    pub(crate) grpc: SocketAddr,
    pub(crate) http: SocketAddr,
    requests: Requests,
    runtime: Option<tokio::runtime::Runtime>,
}

type Requests = Arc<Mutex<Vec<ExportTraceServiceRequest>>>;

struct Service(Requests);

#[tonic::async_trait]
impl TraceService for Service {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.0.lock().expect("no panic").push(request.into_inner());
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Receiver {
    pub(crate) fn start() -> Self {
        let requests = Requests::default();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .on_thread_start(|| {
                // The receiver's own tracing is not the application's.
                std::mem::forget(tracing::subscriber::set_default(tracing::subscriber::NoSubscriber::new()));
            })
            .enable_all()
            .build()
            .expect("a runtime");
        let listen = || {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
            listener.set_nonblocking(true).expect("can be set");
            let address = listener.local_addr().expect("bound");
            (TcpListener::from_std(listener).expect("inside a runtime"), address)
        };
        let entered = runtime.enter();
        let ((grpc_listener, grpc), (http_listener, http)) = (listen(), listen());
        let service = TraceServiceServer::new(Service(Arc::clone(&requests)));
        let incoming = tonic::transport::server::TcpIncoming::from(grpc_listener);
        tokio::spawn(tonic::transport::Server::builder().add_service(service).serve_with_incoming(incoming));
        let received = Arc::clone(&requests);
        let traces = axum::routing::post(move |body: Bytes| async move {
            let request = ExportTraceServiceRequest::decode(body).expect("OTLP");
            received.lock().expect("no panic").push(request);
            ([(CONTENT_TYPE, "application/x-protobuf")], Bytes::new())
        });
        let router = axum::Router::new().route("/v1/traces", traces);
        tokio::spawn(async move { axum::serve(http_listener, router).await });
        drop(entered);
        Self { grpc, http, requests, runtime: Some(runtime) }
    }

    /// Returns the spans received so far, in the order of their arrival.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let requests = self.requests.lock().expect("no panic");
        requests
            .iter()
            .flat_map(|request| &request.resource_spans)
            .flat_map(|resource| &resource.scope_spans)
            .flat_map(|scope| scope.spans.clone())
            .collect()
    }
}

impl Drop for Receiver {
    /// A runtime must not be dropped inside another one, where some tests are.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
